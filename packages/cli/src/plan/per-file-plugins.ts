import type { ResolvedPlugin } from "../execute/resolve-plugin.ts";
import type { PluginConfig } from "../workspace/buf-gen-yaml.ts";

/** How a plugin's requests may be divided whose output for a file depends on that file's closure alone. */
export interface PerFile {
  /** The endings that it gives to a .proto file's path: outputs of several files are told apart by them. */
  readonly endings: readonly string[];
  /** Whether that holds too where imports or well-known types are generated beside the files. */
  readonly withImports: boolean;
  /** Options that a request for some of the files needs, so that no other is made. */
  readonly options: readonly string[];
}

/** How the plugin may be divided with these settings; `undefined` where nothing is known of that. */
export function perFile(plugin: ResolvedPlugin, config: PluginConfig): PerFile | undefined {
  if (plugin.kind !== "module") {
    return undefined;
  }
  switch (plugin.owner?.manifest.name) {
    case "@bufbuild/protoc-gen-es":
      // A request that generates well-known types changes how the files beside them import those.
      return { endings: ["_pb.js", "_pb.d.ts", "_pb.ts"], withImports: false, options: [] };
    case "ts-proto":
      return perFileTsProto(config);
    default:
      return undefined;
  }
}

/**
 * Options of ts-proto that change each file for itself, by its source. Not among them: `outputIndex` and `outputTypeRegistry`,
 * which add files of all, `outputSchema` and `outputExtensions`, which look at other files' extensions, `M…`, and
 * whatever a later version has.
 */
const localOptions = new Set(
  `addGrpcMetadata annotateFilesWithVersion bigIntLiteral comments constEnums context disableProto2DefaultValues
  disableProto2Optionals emitDefaultValues emitImportedFiles enumPrefix enumSuffix enumsAsLiterals env esModuleInterop
  exportCommonSymbols fileSuffix forceLong globalThisPolyfill importSuffix initializeFieldsAsUndefined
  lowerCaseServiceMethods messagePrefix messageSuffix noDefaultsForOptionals oneof onlyTypes outputClientImpl
  outputEncodeMethods outputJsonMethods outputPartialMethods outputServices outputTypeAnnotations removeEnumPrefix
  returnObservable snakeToCamel stringEnums typePrefix typeSuffix unknownFields unrecognizedEnum unrecognizedEnumName
  unrecognizedEnumValue useAbortSignal useAsyncIterable useDate useExactTypes useJsonName useMapType useNullAsOptional
  useOptionals useReadonlyTypes useSnakeTypeName`.split(/\s+/),
);

function perFileTsProto({ opt, strategy, includeImports, includeWkt }: PluginConfig): PerFile | undefined {
  const options = opt.flatMap((entry) => entry.split(",")).map((entry) => entry.split("="));
  if (!options.every(([name = ""]) => localOptions.has(name))) {
    return undefined;
  }
  const values = (wanted: string) => options.flatMap(([name, value]) => (name === wanted ? [value] : []));
  const [suffix = "", ...more] = values("fileSuffix");
  const emits = values("emitImportedFiles");
  // By default it makes the files of all imports, asked for or not: that is all there is where all are asked for.
  const isAsked =
    (emits.length === 1 && emits[0] === "false") ||
    (emits.length === 0 && strategy === "all" && includeImports && includeWkt);
  return more.length === 0 && isAsked
    ? {
        endings: [`${suffix}.ts`],
        withImports: true,
        options: emits.length === 0 ? ["emitImportedFiles=false"] : [],
      }
    : undefined;
}
