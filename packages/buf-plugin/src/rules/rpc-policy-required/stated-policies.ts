import { type Policy, service_policies } from "@wirehouse/proto-auth/v1";
import { field, type Image, type ImageFile, type ImageMethod, type SourcePath } from "../../image/image.ts";
import { type PolicyOptions, policyFile } from "./policy-options.ts";

/** An entry of `service_policies`. */
export interface StatedPolicy {
  readonly file: ImageFile;
  readonly path: SourcePath;
  readonly service: string;
  /** Empty: every RPC of the service that no other entry names. */
  readonly method: string;
  readonly policy: Policy | undefined;
}

/** What the files of an image state about RPCs of others. */
export class StatedPolicies {
  readonly entries: readonly StatedPolicy[];
  readonly #first = new Map<string, StatedPolicy>();

  constructor(image: Image, options: PolicyOptions) {
    // What others state comes first, so that it is our own entry about the same RPC that is reported.
    const files = image.files.toSorted(
      (a, b) => Number(b.isImport) - Number(a.isImport) || (a.path < b.path ? -1 : 1),
    );
    this.entries = files.flatMap((file) =>
      options.ofFile(file).map(({ service, method, policy }, index) => ({
        file,
        path: [field.file.options, service_policies.number, index],
        service,
        method,
        policy,
      })),
    );
    for (const entry of this.entries) {
      const key = keyOf(entry.service, entry.method);
      if (!this.#first.has(key)) {
        this.#first.set(key, entry);
      }
    }
  }

  /** The entry that holds for an RPC: the one that names it, else the one for its whole service. */
  find({ service, name }: ImageMethod): StatedPolicy | undefined {
    return this.#first.get(keyOf(service.name, name)) ?? this.#first.get(keyOf(service.name, ""));
  }

  /** The earlier entry about the same RPC or service, if there is one. */
  earlier(entry: StatedPolicy): StatedPolicy | undefined {
    const first = this.#first.get(keyOf(entry.service, entry.method));
    return first === entry ? undefined : first;
  }
}

/**
 * Whether a file is there to state policies of others' services: each service that it imports must then have one. It is so as
 * long as it has one entry; and a file that defines nothing and imports the options has no other purpose, so that it does
 * not cease to be one when its last entry is deleted.
 */
export function statesPolicies(file: ImageFile, options: PolicyOptions): boolean {
  const { service, messageType, enumType, extension, dependency } = file.proto;
  return (
    options.ofFile(file).length > 0 ||
    (dependency.includes(policyFile) &&
      [service, messageType, enumType, extension].every((elements) => elements.length === 0))
  );
}

function keyOf(service: string, method: string): string {
  return `${service}/${method}`;
}
