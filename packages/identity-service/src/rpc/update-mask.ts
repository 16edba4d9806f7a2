import type { FieldMask } from "@bufbuild/protobuf/wkt";

/** A field that an update can change. */
export interface MaskedField<Changes> {
  /** Whether the request has a value for it. */
  readonly given: boolean;
  readonly change: Changes;
}

/**
 * The changes that an update asks for: of the fields that the mask names, of all if it is `*`, and without a mask of those
 * that have a value.
 */
export function maskedFields<Changes extends object>(
  mask: FieldMask | undefined,
  fields: Readonly<Record<string, MaskedField<Changes>>>,
): Changes {
  const paths = mask?.paths ?? [];
  const chosen = Object.entries(fields)
    .filter(([path, { given }]) => (paths.length === 0 ? given : paths[0] === "*" || paths.includes(path)))
    .map(([, { change }]) => change);
  return Object.assign({}, ...chosen) as Changes;
}
