import type { Registry } from "@bufbuild/protobuf";

/** What printing any element of a file needs to know of the file. */
export interface PrintContext {
  readonly syntax: "proto2" | "proto3" | "editions";
  /** Resolves the extensions that custom options are. */
  readonly registry: Registry;
  /** The shortest way to write a fully qualified name (without leading dot) inside `scope` that means it. */
  reference(scope: string, fullName: string): string;
  /** The doc comment's lines, comment marks included; none where nothing is known. */
  comment(kind: string, fullName: string): string[];
}

/** The full name of `name` inside `scope`, which is a package, a message or nothing. */
export function qualify(scope: string, name: string): string {
  return scope === "" ? name : `${scope}.${name}`;
}
