import type { Document, DocumentState } from "@partner/document/v1";
import type { DocumentList } from "./document-list.ts";
import type { Connection } from "./follow.ts";
import type { Session } from "./session.ts";

/** What the person looks for, as it stands in the form. */
export interface Query {
  readonly title: string;
  /** Undefined: any but deleted. */
  readonly state: DocumentState | undefined;
  /** `key = value`, or empty. */
  readonly label: string;
}

/** A file on its way. */
export interface Transfer {
  readonly kind: "upload" | "download";
  readonly bytes: number;
  readonly total: number;
  readonly cancel: () => void;
}

/** The form of a document. */
export interface Editor {
  /** Undefined: a new one. */
  readonly document: Document | undefined;
  readonly busy: boolean;
  readonly problem: string;
}

/** What the person is told about what they did. */
export interface Notice {
  readonly text: string;
  readonly kind: "done" | "problem";
  /** Makes it undone, where that can be. */
  readonly undo?: () => void;
}

/** A change, as it arrived. */
export interface Change {
  readonly id: string;
  readonly text: string;
  readonly byMe: boolean;
  readonly time: string;
}

/** All that the page shows. Never changed in place. */
export interface State {
  readonly session: Session | undefined;
  readonly signIn: { readonly busy: boolean; readonly problem: string };
  readonly connection: Connection;
  readonly query: Query;
  readonly queryProblem: string;
  readonly list: DocumentList;
  readonly listing: "loading" | "ready" | "more" | "failed";
  readonly listProblem: string;
  readonly editor: Editor | undefined;
  readonly transfers: ReadonlyMap<string, Transfer>;
  readonly notice: Notice | undefined;
  /** Newest first. */
  readonly changes: readonly Change[];
  /** What the client library did for the page. */
  readonly wire: { readonly calls: number; readonly tokens: number; readonly streams: number };
}

export const startState: State = {
  session: undefined,
  signIn: { busy: false, problem: "" },
  connection: { kind: "connecting" },
  query: { title: "", state: undefined, label: "" },
  queryProblem: "",
  list: { documents: [], nextPageToken: "" },
  listing: "loading",
  listProblem: "",
  editor: undefined,
  transfers: new Map(),
  notice: undefined,
  changes: [],
  wire: { calls: 0, tokens: 0, streams: 0 },
};
