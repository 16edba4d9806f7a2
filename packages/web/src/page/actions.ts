import { Code, ConnectError } from "@connectrpc/connect";
import type { Document } from "@partner/document/v1";
import type { App } from "./app.ts";
import type { Timing } from "./backoff.ts";
import { downloadContent } from "./download.ts";
import { explain } from "./explain.ts";
import { parseLabels } from "./labels.ts";
import type { Session } from "./session.ts";
import type { Transfer } from "./state.ts";
import { uploadFile } from "./upload.ts";

/** What the form of a document holds. */
export interface Draft {
  readonly title: string;
  readonly description: string;
  /** Lines of `key = value`. */
  readonly labels: string;
  /** Content to upload once the document is there. */
  readonly file: File | undefined;
}

/** The steps in a document's life that take nothing but the document. */
export type Step = "publish" | "archive" | "unarchive" | "delete" | "undelete";

/** What a person can do with documents. Each shows what came of it; none rejects. */
export interface Actions {
  edit(document: Document | undefined): void;
  closeEditor(): void;
  save(draft: Draft): Promise<void>;
  take(step: Step, document: Document): Promise<void>;
  upload(document: Document, file: File): Promise<void>;
  download(document: Document): Promise<void>;
  dismiss(): void;
}

/** What the actions need of the browser. */
export interface ActionsOptions extends Timing {
  readonly newKey: () => string;
  /** Hands a file to the person. */
  readonly saveFile: (content: Blob, name: string) => void;
}

const done: Record<Step, string> = {
  publish: "Published",
  archive: "Archived",
  unarchive: "Taken out of the archive:",
  delete: "Deleted",
  undelete: "Brought back",
};

/** Creates the actions on an app's documents. Signing out ends what is under way: its answer is nobody's any more. */
export function createActions(app: App, options: ActionsOptions): Actions {
  const { sleep, random, newKey } = options;
  /** One key for one creation, whatever number of times its form is sent. */
  let creationKey = "";

  const actions: Actions = {
    edit(document) {
      creationKey = newKey();
      app.update({ editor: { document, busy: false, problem: "" }, notice: undefined });
    },
    closeEditor: () => app.update({ editor: undefined }),
    dismiss: () => app.update({ notice: undefined }),

    async save(draft) {
      const { editor, session } = app.state;
      if (editor === undefined || session === undefined) {
        return;
      }
      const labels = parseLabels(draft.labels);
      if (!labels.ok) {
        app.update({ editor: { ...editor, problem: `Labels: ${labels.problem}.` } });
        return;
      }
      app.update({ editor: { ...editor, busy: true, problem: "" } });
      const fields = { title: draft.title.trim(), description: draft.description, labels: labels.labels };
      const { sessionSignal } = app;
      try {
        const saved = await store(session, editor.document, fields, sessionSignal);
        app.show(saved, { editor: undefined, notice: { kind: "done", text: `Saved “${fields.title}”.` } });
        if (saved !== undefined && draft.file !== undefined) {
          await actions.upload(saved, draft.file);
        }
      } catch (error) {
        if (sessionSignal.aborted) {
          return;
        }
        const now = app.state.list.documents.find((one) => one.documentId === editor.document?.documentId);
        const overtaken = ConnectError.from(error).code === Code.Aborted && now !== undefined;
        app.update({
          editor: overtaken
            ? {
                document: now,
                busy: false,
                problem: `Somebody else changed it meanwhile: it is called “${now.title}” now. Save again to write over it.`,
              }
            : { ...editor, busy: false, problem: explain(error) },
        });
      }
    },

    async take(step, document) {
      app.update({ notice: undefined });
      await attempt(async (session) => {
        const changed = await takeStep(session, step, document, app.sessionSignal);
        const undo = { undo: () => void actions.take("undelete", document) };
        const notice = { kind: "done", text: `${done[step]} “${document.title}”.` } as const;
        app.show(changed, { notice: step === "delete" ? { ...notice, ...undo } : notice });
      });
    },

    async upload({ documentId, title }, file) {
      const ended = await transfer(documentId, "upload", file.size, (session, signal, onProgress) =>
        uploadFile({
          client: session.documents,
          documentId,
          file,
          newKey,
          signal,
          onProgress,
          sleep,
          random,
        }),
      );
      if (ended) {
        await attempt(async ({ documents }) => {
          const answer = await documents.getDocument({ documentId }, { signal: app.sessionSignal });
          const text = `Uploaded “${file.name}” to “${title}”.`;
          app.show(answer.document, { notice: { kind: "done", text } });
        });
      }
    },

    async download({ documentId, title, headRevision }) {
      const total = Number(headRevision?.sizeBytes ?? 0);
      await transfer(documentId, "download", total, async (session, signal, onProgress) => {
        const client = session.documents;
        const { content, revision } = await downloadContent({
          client,
          documentId,
          signal,
          onProgress,
          sleep,
          random,
        });
        options.saveFile(content, revision.fileName || title);
        app.update({ notice: { kind: "done", text: `Downloaded “${title}”; its digest is right.` } });
      });
    },
  };
  return actions;

  async function store(
    session: Session,
    document: Document | undefined,
    fields: Fields,
    signal: AbortSignal,
  ) {
    if (document === undefined) {
      const request = { document: fields, idempotencyKey: creationKey };
      return (await session.documents.createDocument(request, { signal })).document;
    }
    const { documentId, etag } = document;
    const request = { document: { ...fields, documentId, etag }, updateMask: { paths: ["*"] } };
    return (await session.documents.updateDocument(request, { signal })).document;
  }

  /** Does something, and shows it when it failed. */
  async function attempt(work: (session: Session) => Promise<void>): Promise<boolean> {
    const { session } = app.state;
    if (session === undefined) {
      return false;
    }
    const { sessionSignal } = app;
    try {
      await work(session);
      return true;
    } catch (error) {
      if (!sessionSignal.aborted) {
        app.update({ notice: { kind: "problem", text: explain(error) } });
      }
      return false;
    }
  }

  /** Moves a file, shows how far it is, and lets the person cancel. */
  async function transfer(
    documentId: string,
    kind: Transfer["kind"],
    total: number,
    work: (session: Session, signal: AbortSignal, onProgress: (bytes: number) => void) => Promise<void>,
  ): Promise<boolean> {
    const cancelled = new AbortController();
    const cancel = () => cancelled.abort();
    const set = (transfer: Transfer | undefined) => {
      const transfers = new Map(app.state.transfers);
      transfer === undefined ? transfers.delete(documentId) : transfers.set(documentId, transfer);
      app.update({ transfers });
    };
    const signal = AbortSignal.any([cancelled.signal, app.sessionSignal]);
    set({ kind, bytes: 0, total, cancel });
    app.update({ notice: undefined });
    const ended = await attempt(async (session) => {
      try {
        await work(session, signal, (bytes) => !signal.aborted && set({ kind, bytes, total, cancel }));
      } catch (error) {
        if (!cancelled.signal.aborted) {
          throw error;
        }
      } finally {
        set(undefined);
      }
    });
    return ended && !signal.aborted;
  }
}

interface Fields {
  readonly title: string;
  readonly description: string;
  readonly labels: Record<string, string>;
}

async function takeStep(
  { documents }: Session,
  step: Step,
  document: Document,
  signal: AbortSignal,
): Promise<Document | undefined> {
  const { documentId, etag } = document;
  switch (step) {
    case "publish":
      return (await documents.publishDocument({ documentId, etag }, { signal })).document;
    case "archive":
      return (await documents.archiveDocument({ documentId, etag }, { signal })).document;
    case "unarchive":
      return (await documents.unarchiveDocument({ documentId, etag }, { signal })).document;
    case "delete":
      return (await documents.deleteDocument({ documentId, etag }, { signal })).document;
    case "undelete":
      // Whatever its etag: deleting has changed it.
      return (await documents.undeleteDocument({ documentId }, { signal })).document;
  }
}
