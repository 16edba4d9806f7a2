import fc from "fast-check";
import { choices, folders, type Model, type ModelFile } from "./model.ts";

/** One step of a random history: an edit of the sources, or something done to the outputs, before a run. */
export type Edit =
  | { readonly kind: "edit" | "comment" | "delete" | "togglePublic"; readonly file: number }
  | { readonly kind: "add"; readonly folder: number; readonly imports: readonly number[] }
  | { readonly kind: "rename" | "addImport" | "dropImport"; readonly file: number; readonly other: number }
  | { readonly kind: "move"; readonly file: number; readonly folder: number }
  | { readonly kind: "option" | "rule" | "names" | "plugin" | "toggleBroken" }
  | { readonly kind: "editOutput" | "deleteOutput" | "cutOutput"; readonly output: number }
  | { readonly kind: "orphan" | "deleteAllOutputs" }
  | { readonly kind: "killed"; readonly afterWrites: number; readonly first: Edit };

const index = fc.nat(99);

const plain: fc.Arbitrary<Edit> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constantFrom("edit", "comment"), file: index }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constantFrom("delete", "togglePublic"), file: index }) },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant("add"),
      folder: index,
      imports: fc.array(index, { maxLength: 2 }),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constantFrom("rename", "addImport", "dropImport"),
      file: index,
      other: index,
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("move"), file: index, folder: index }) },
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constantFrom("option", "rule", "names", "plugin", "toggleBroken") }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constantFrom("editOutput", "deleteOutput", "cutOutput"), output: index }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constantFrom("orphan", "deleteAllOutputs") }) },
) as fc.Arbitrary<Edit>;

/** Any edit; now and then one whose run is killed while it writes. */
export const anyEdit: fc.Arbitrary<Edit> = fc.oneof(
  { weight: 9, arbitrary: plain },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant("killed"),
      afterWrites: fc.nat(6),
      first: plain,
    }) as fc.Arbitrary<Edit>,
  },
);

/** The sources after an edit. What an edit cannot apply to, it leaves alone. */
export function applyToModel(model: Model, edit: Edit): Model {
  const at = (position: number) => model.files[position % Math.max(1, model.files.length)];
  const change = (position: number, update: (file: ModelFile) => ModelFile): Model => {
    const target = at(position);
    return { ...model, files: model.files.map((file) => (file === target ? update(file) : file)) };
  };
  switch (edit.kind) {
    case "edit":
      return change(edit.file, (file) => ({ ...file, version: file.version + 1 }));
    case "comment":
      return change(edit.file, (file) => ({ ...file, comment: file.comment + 1 }));
    case "togglePublic":
      return change(edit.file, (file) => ({ ...file, isPublic: !file.isPublic }));
    case "delete":
      return { ...model, files: model.files.filter((file) => file !== at(edit.file)) };
    case "add":
      return addFile(model, edit.folder, edit.imports);
    case "rename":
      return moveFile(model, at(edit.file), undefined, edit.other);
    case "move":
      return moveFile(model, at(edit.file), edit.folder, 0);
    case "addImport": {
      const [from, to] = [at(edit.file), at(edit.other)];
      // Only towards earlier files, so that imports never make a cycle.
      const isEarlier = from && to && model.files.indexOf(to) < model.files.indexOf(from);
      return isEarlier && !from.imports.includes(to.path)
        ? change(edit.file, (file) => ({ ...file, imports: [...file.imports, to.path] }))
        : model;
    }
    case "dropImport":
      return change(edit.file, (file) => ({ ...file, imports: file.imports.slice(1) }));
    case "option":
      return { ...model, options: (model.options + 1) % choices.options };
    case "rule":
      return { ...model, rule: (model.rule + 1) % choices.rule };
    case "names":
      return { ...model, names: (model.names + 1) % choices.names };
    case "plugin":
      return { ...model, plugin: (model.plugin + 1) % 3 };
    case "toggleBroken":
      return { ...model, broken: !model.broken };
    case "killed":
      return applyToModel(model, edit.first);
    default:
      return model;
  }
}

function addFile(model: Model, folder: number, imports: readonly number[]): Model {
  const directory = folders[folder % folders.length];
  const path = `${directory}/f${model.files.length}x${folder}.proto`;
  if (model.files.some((file) => file.path === path)) {
    return model;
  }
  const targets = imports.flatMap(
    (position) => model.files[position % Math.max(1, model.files.length)]?.path ?? [],
  );
  const file: ModelFile = { path, version: 0, comment: 0, imports: [...new Set(targets)], isPublic: false };
  return { ...model, files: [...model.files, file] };
}

/** Moves a file; what imported it follows, as an editor's rename does. */
function moveFile(
  model: Model,
  file: ModelFile | undefined,
  folder: number | undefined,
  suffix: number,
): Model {
  if (file === undefined) {
    return model;
  }
  const slash = file.path.lastIndexOf("/");
  const directory = folder === undefined ? file.path.slice(0, slash) : folders[folder % folders.length];
  const base = file.path.slice(slash + 1, -".proto".length);
  const path = `${directory}/${folder === undefined ? `${base}r${suffix}` : base}.proto`;
  if (model.files.some((other) => other.path === path)) {
    return model;
  }
  return {
    ...model,
    files: model.files.map((other) =>
      other === file
        ? { ...other, path }
        : { ...other, imports: other.imports.map((imported) => (imported === file.path ? path : imported)) },
    ),
  };
}
