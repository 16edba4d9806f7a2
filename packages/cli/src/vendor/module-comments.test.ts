import { expect, it } from "vitest";
import { parseTypeComments } from "./module-comments.ts";

const text = `/**
 * Describes the file a.proto.
 */
export declare const file_a: GenFile;
/**
 * A message.
 *
 * With {/* a comment *\\/} inside.
 *
 * @generated from message a.M
 */
export type M = Message<"a.M"> & {
    /**
     * A field.
     *
     * @generated from field: optional string some_id = 1 [deprecated = true, default = "x = 2"];
     * @deprecated
     */
    someId: string;
    /**
     * @generated from field: int32 bare = 2;
     */
    bare: number;
    /**
     * A oneof.
     *
     * @generated from oneof a.M.kind
     */
    kind: {};
    /**
     * A map.
     *
     * @generated from field: map<string, int32> counts = 3;
     */
    counts: {};
};
/**
 * An enum.
 *
 * @generated from enum a.E
 * @generated with option features.enum_type = CLOSED
 */
export declare enum E {
    /**
     * A value.
     *
     * @generated from enum value: NEGATIVE = -1;
     */
    NEGATIVE = -1,
}
/**
 * A service.
 *
 * @generated from service a.S
 */
export declare const S: GenService<{
    /**
     * A method.
     *
     * @generated from rpc a.S.Do
     */
    do: {};
}>;
/**
 * An extension.
 *
 * @generated from extension: string note_text = 50001;
 */
export declare const note_text: GenExtension<MessageOptions, string>;
/**
 * A nested one.
 *
 * @generated from extension: string other = 50002;
 */
export declare const M_other: GenExtension<MessageOptions, string>;
`;

it("finds the doc comment of each element that is told apart for sure", () => {
  expect(Object.fromEntries(parseTypeComments(text, "a"))).toEqual({
    "message a.M": "A message.\n\nWith {/* a comment */} inside.",
    "field a.M.some_id": "A field.",
    "oneof a.M.kind": "A oneof.",
    "field a.M.counts": "A map.",
    "enum a.E": "An enum.",
    "enum value a.E.NEGATIVE": "A value.",
    "service a.S": "A service.",
    "rpc a.S.Do": "A method.",
    "extension a.note_text": "An extension.",
  });
});
