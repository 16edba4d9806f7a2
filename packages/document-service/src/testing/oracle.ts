import { type DocumentFilter, DocumentOrder } from "@partner/document/service/v1";
import { DocumentState } from "@partner/document/v1";

const { DRAFT, PUBLISHED, ARCHIVED, DELETED } = DocumentState;

/** A document as the oracle knows it. */
export interface Known {
  readonly index: number;
  title: string;
  labels: Record<string, string>;
  state: DocumentState;
  previous: DocumentState;
  revisions: number;
  createTime: number;
  updateTime: number;
}

/** One thing that a client does to the document with this index. */
export type Step =
  | { readonly do: "create"; readonly title: string; readonly labels: Record<string, string> }
  | {
      readonly do: "update";
      readonly index: number;
      readonly title: string;
      readonly labels: Record<string, string>;
    }
  | {
      readonly do: "publish" | "archive" | "unarchive" | "delete" | "undelete" | "upload";
      readonly index: number;
    };

/** A change: which document, what kind, and how the document was before and after. */
export interface Told {
  readonly index: number;
  readonly kind: string;
  readonly before: Known | undefined;
  readonly after: Known;
}

/** The service as simple as can be: a list of documents, and a list of all that ever changed. */
export class Oracle {
  readonly documents: Known[] = [];
  readonly log: Told[] = [];

  /** Does a step. Returns the code that the service must end it with. */
  apply(step: Step, now: number): string {
    if (step.do === "create") {
      const { title, labels } = step;
      const index = this.documents.length;
      const fresh = { index, title, labels, state: DRAFT, previous: DRAFT, revisions: 0 };
      const after = { ...fresh, createTime: now, updateTime: now };
      this.documents.push(after);
      this.log.push({ index, kind: "created", before: undefined, after });
      return "OK";
    }
    const document = this.documents[step.index];
    if (document === undefined) {
      return "NotFound";
    }
    const { state } = document;
    const frozen = state === ARCHIVED || state === DELETED;
    switch (step.do) {
      case "update": {
        const { title, labels } = step;
        if (frozen) {
          return "FailedPrecondition";
        }
        const same = document.title === title && JSON.stringify(document.labels) === JSON.stringify(labels);
        return same ? "OK" : this.#change(document, "updated", { title, labels }, now);
      }
      case "upload":
        return frozen
          ? "FailedPrecondition"
          : this.#change(document, "revised", { revisions: document.revisions + 1 }, now);
      case "publish":
        if (state === PUBLISHED) {
          return "OK";
        }
        return state === DRAFT && document.revisions > 0
          ? this.#change(document, "published", { state: PUBLISHED }, now)
          : "FailedPrecondition";
      case "archive":
        if (state === ARCHIVED) {
          return "OK";
        }
        return state === PUBLISHED
          ? this.#change(document, "archived", { state: ARCHIVED }, now)
          : "FailedPrecondition";
      case "unarchive":
        if (state === PUBLISHED) {
          return "OK";
        }
        return state === ARCHIVED
          ? this.#change(document, "unarchived", { state: PUBLISHED }, now)
          : "FailedPrecondition";
      case "delete":
        return state === DELETED
          ? "OK"
          : this.#change(document, "deleted", { state: DELETED, previous: state }, now);
      case "undelete":
        return state === DELETED
          ? this.#change(document, "undeleted", { state: document.previous }, now)
          : "OK";
    }
  }

  #change(before: Known, kind: string, fields: Partial<Known>, now: number): string {
    const after = { ...before, ...fields, updateTime: now };
    this.documents[before.index] = after;
    this.log.push({ index: before.index, kind, before, after });
    return "OK";
  }

  /** Every change after the first `from` that a watcher with this filter must see. */
  seenBy(filter: DocumentFilter | undefined, from: number): Told[] {
    const fits = (known: Known | undefined) =>
      known !== undefined && (filter === undefined || meets(filter, known));
    return this.log.slice(from).filter(({ before, after }) => fits(before) || fits(after));
  }

  /** The ids of what a list must have, in its order. Documents that are equal in it are in the order of their ids. */
  listed(filter: DocumentFilter | undefined, order: DocumentOrder, ids: readonly string[]): string[] {
    const compare: Record<DocumentOrder, (a: Known, b: Known) => number> = {
      [DocumentOrder.UNSPECIFIED]: (a, b) => b.createTime - a.createTime,
      [DocumentOrder.CREATE_TIME_DESC]: (a, b) => b.createTime - a.createTime,
      [DocumentOrder.CREATE_TIME_ASC]: (a, b) => a.createTime - b.createTime,
      [DocumentOrder.UPDATE_TIME_DESC]: (a, b) => b.updateTime - a.updateTime,
      [DocumentOrder.TITLE_ASC]: (a, b) => byCodePoints(a.title, b.title),
    };
    return this.documents
      .filter((known) => (filter === undefined ? known.state !== DELETED : meets(filter, known)))
      .map((known) => ({ known, id: ids[known.index] ?? "" }))
      .sort((a, b) => compare[order](a.known, b.known) || (a.id < b.id ? -1 : 1))
      .map(({ id }) => id);
  }
}

function meets({ states, labels, titleContains }: DocumentFilter, known: Known): boolean {
  const ofState = states.length === 0 ? known.state !== DELETED : states.includes(known.state);
  const ofLabels = Object.entries(labels).every(([key, value]) => known.labels[key] === value);
  // Of the titles in use, this is what upper and lower case alike means.
  const plain = (text: string) => text.toLowerCase().replaceAll("ß", "ss");
  return ofState && ofLabels && plain(known.title).includes(plain(titleContains));
}

function byCodePoints(a: string, b: string): number {
  const [left, right] = [a, b].map((text) => Array.from(text, (char) => char.codePointAt(0) ?? 0));
  for (let index = 0; ; index++) {
    const [x, y] = [left?.[index], right?.[index]];
    if (x === undefined || y === undefined) {
      return (left?.length ?? 0) - (right?.length ?? 0);
    }
    if (x !== y) {
      return x - y;
    }
  }
}
