import type { DescriptorProto, FieldDescriptorProto } from "@bufbuild/protobuf/wkt";
import type { PrintContext } from "./print-context.ts";
import { ownMessage, printField } from "./print-field.ts";
import { block, spaced } from "./print-lines.ts";
import type { BodyItem } from "./print-message.ts";

/** `extend` blocks: neighbouring extensions of one message share one. */
export function extendItems(
  context: PrintContext,
  scope: string,
  extensions: readonly FieldDescriptorProto[],
  siblings: readonly DescriptorProto[],
): BodyItem[] {
  const runs: FieldDescriptorProto[][] = [];
  for (const extension of extensions) {
    const last = runs.at(-1);
    if (last?.[0]?.extendee === extension.extendee) {
      last.push(extension);
    } else {
      runs.push([extension]);
    }
  }
  return runs.map((run) => {
    const extendee = context.reference(scope, (run[0]?.extendee ?? "").replace(/^\./, ""));
    return {
      declares: run.flatMap((extension) => ownMessage(scope, extension, siblings) ?? []),
      lines: block(
        `extend ${extendee}`,
        spaced(run.map((extension) => printField(context, scope, extension, siblings))),
      ),
    };
  });
}
