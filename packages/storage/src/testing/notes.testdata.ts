import type { Migration } from "../index.ts";

/** A schema for the tests of this package. */
export interface Notes {
  note: { id: number; partner: string; name: string; at: number; body: Uint8Array | null };
  counter: { name: string; value: number };
}

export const notes: Migration[] = [
  {
    name: "0001_note",
    statements: (t) => [
      t.table(
        "note",
        `id ${t.integer} primary key, partner ${t.text} not null, name ${t.text} not null,
         at ${t.integer} not null, body ${t.bytes}, unique (partner, name)`,
      ),
    ],
  },
  {
    name: "0002_counter",
    statements: (t) => [
      t.table("counter", `name ${t.text} primary key, value ${t.integer} not null`),
      "insert into counter (name, value) values ('a', 0), ('b', 0)",
    ],
  },
];
