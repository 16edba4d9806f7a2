import { create } from "@bufbuild/protobuf";
import { DocumentFilterSchema } from "@partner/document/service/v1";
import type { Document, DocumentEvent } from "@partner/document/v1";
import type { Timing } from "./backoff.ts";
import { describeEvent, withDocument, withEvent, withPage } from "./document-list.ts";
import { explain } from "./explain.ts";
import { follow } from "./follow.ts";
import { formatClock } from "./format.ts";
import { parseLabels } from "./labels.ts";
import { type Config, type Session, signIn } from "./session.ts";
import { type Query, type State, startState } from "./state.ts";

/** What the page is made of, besides the services. */
export interface AppOptions extends Timing {
  readonly config: Config;
  /** Shows a state. */
  readonly render: (state: State) => void;
  /** Says something to a screen reader. */
  readonly announce: (text: string) => void;
}

const pageSize = 20;
const shownChanges = 10;
/** How long the person may pause while typing a filter, before it is applied. */
const typingPauseMs = 250;

/** The page's state and what happens to it, but for what is done to single documents: that is `createActions`. */
export interface App {
  readonly state: State;
  update(patch: Partial<State>): void;
  announce(text: string): void;
  /** Shows a document as an answer said it is now, together with what else changes. */
  show(document: Document | undefined, patch?: Partial<State>): void;
  signIn(username: string, password: string): Promise<void>;
  signOut(problem?: string): void;
  /** Applies a query; typed ones after a pause. */
  search(query: Query, typed: boolean): void;
  /** Reads the list again, and follows its changes. */
  reload(): void;
  loadMore(): Promise<void>;
  /** Aborted when the session ends. */
  readonly sessionSignal: AbortSignal;
}

/** Creates the page, signed out, and shows it. */
export function createApp(options: AppOptions): App {
  const { sleep, random, announce } = options;
  let state = startState;
  let sessionEnd = new AbortController();
  let listEnd = new AbortController();
  let typing = new AbortController();
  let filter = create(DocumentFilterSchema);

  const app: App = {
    get state() {
      return state;
    },
    get sessionSignal() {
      return sessionEnd.signal;
    },
    announce,
    update(patch) {
      state = { ...state, ...patch };
      options.render(state);
    },
    show(document, patch = {}) {
      const list = document === undefined ? state.list : withDocument(state.list, filter, document);
      app.update({ ...patch, list });
    },
    async signIn(username, password) {
      app.update({ signIn: { busy: true, problem: "" } });
      sessionEnd = new AbortController();
      const { signal } = sessionEnd;
      try {
        const session = await signIn(
          options.config,
          { username, password },
          {
            onToken: (generation) => count(signal, { tokens: generation }),
            onCall: () => count(signal, { calls: state.wire.calls + 1 }),
            onLost: () =>
              state.session !== undefined &&
              app.signOut("Your username and password are not accepted any more."),
          },
        );
        app.update({ session, signIn: startState.signIn });
        app.reload();
      } catch (error) {
        app.update({ signIn: { busy: false, problem: explainSignIn(error) } });
      }
    },
    signOut(problem = "") {
      sessionEnd.abort();
      listEnd.abort();
      typing.abort();
      app.update({ ...startState, signIn: { busy: false, problem } });
      announce("Signed out");
    },
    search(query, typed) {
      typing.abort();
      typing = new AbortController();
      const label = parseLabels(query.label);
      app.update({ query, queryProblem: label.ok ? "" : `${label.problem}.` });
      if (label.ok) {
        sleep(typed ? typingPauseMs : 0, typing.signal).then(
          () => app.reload(),
          () => undefined,
        );
      }
    },
    reload() {
      const { session } = state;
      if (session === undefined) {
        return;
      }
      listEnd.abort();
      listEnd = new AbortController();
      filter = filterOf(state.query);
      void readAndFollow(session, AbortSignal.any([listEnd.signal, sessionEnd.signal]));
    },
    async loadMore() {
      const { session, list } = state;
      if (session === undefined || list.nextPageToken === "" || state.listing !== "ready") {
        return;
      }
      const { signal } = listEnd;
      app.update({ listing: "more" });
      try {
        const request = { filter, pageSize, pageToken: list.nextPageToken };
        const page = await session.documents.listDocuments(request, { signal });
        app.update({ list: withPage(state.list, page), listing: "ready" });
        announce(`${state.list.documents.length} documents shown`);
      } catch (error) {
        if (!signal.aborted) {
          app.update({ listing: "ready", notice: { kind: "problem", text: explain(error) } });
        }
      }
    },
  };
  options.render(state);
  return app;

  async function readAndFollow(
    { documents: client, accountId }: Session,
    signal: AbortSignal,
  ): Promise<void> {
    for (;;) {
      app.update({ listing: "loading", listProblem: "" });
      try {
        const { documents, nextPageToken, watchCursor } = await client.listDocuments(
          { filter, pageSize },
          { signal },
        );
        app.update({ list: { documents, nextPageToken }, listing: "ready" });
        const end = await follow({
          client,
          cursor: watchCursor,
          filter,
          signal,
          sleep,
          random,
          onOpen: () => count(signal, { streams: state.wire.streams + 1 }),
          onConnection: (connection) => !signal.aborted && app.update({ connection }),
          onEvent: (event) => !signal.aborted && take(event, accountId),
        });
        if (end.kind === "refused") {
          throw end.error;
        }
        if (end.kind === "aborted") {
          return;
        }
      } catch (error) {
        if (!signal.aborted) {
          app.update({ listing: "failed", listProblem: explain(error) });
          announce(state.listProblem);
        }
        return;
      }
    }
  }

  function take(event: DocumentEvent, accountId: string): void {
    const shown = state.list.documents.find(({ documentId }) => documentId === event.documentId);
    const byMe = event.actor?.kind.case === "serviceAccountId" && event.actor.kind.value === accountId;
    const text = describeEvent(event, shown?.title ?? "A document");
    const change = { id: event.eventId, text, byMe, time: formatClock(event.occurTime) };
    app.update({
      list: withEvent(state.list, filter, event),
      changes: [change, ...state.changes].slice(0, shownChanges),
    });
    // What the person did has its answer already.
    if (!byMe) {
      announce(text);
    }
  }

  function count(signal: AbortSignal, change: Partial<State["wire"]>): void {
    if (!signal.aborted) {
      app.update({ wire: { ...state.wire, ...change } });
    }
  }
}

function filterOf({ title, state, label }: Query) {
  const labels = parseLabels(label);
  return create(DocumentFilterSchema, {
    titleContains: title.trim(),
    states: state === undefined ? [] : [state],
    labels: labels.ok ? labels.labels : {},
  });
}

function explainSignIn(error: unknown): string {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  switch (code) {
    case "credentials_refused":
      return "The username or the password is wrong.";
    case "token_endpoint_unavailable":
      return "You cannot be signed in right now: the identity service does not answer, or asks to wait. Try again later.";
    default:
      return explain(error);
  }
}
