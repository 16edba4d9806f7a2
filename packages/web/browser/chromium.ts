// Drives a real Chromium over the pipe of its DevTools protocol: no port, no WebDriver, no library of that size.
import { type ChildProcess, spawn } from "node:child_process";
import { accessSync, constants } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import type { Readable, Writable } from "node:stream";

const flags = [
  "--headless=new",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-dev-shm-usage",
  "--no-first-run",
  "--hide-scrollbars",
  "--force-prefers-reduced-motion",
  "--remote-debugging-pipe",
];
const patienceMs = 20_000;

/** Sends a command of the DevTools protocol. */
export type Send = (method: string, params?: object) => Promise<Record<string, unknown>>;

/** A tab. Selectors are CSS; expressions are JavaScript of the page. */
export interface Tab {
  readonly send: Send;
  /** Errors of the console but for failed requests, uncaught exceptions, violations of the content security policy. */
  readonly problems: readonly string[];
  open(url: string): Promise<void>;
  evaluate<T>(expression: string): Promise<T>;
  /** Resolves once the expression is true; looks whenever the document or the focus changes. Rejects after 20 s. */
  until(expression: string): Promise<void>;
  click(selector: string): Promise<void>;
  /** Replaces what a field holds, as if typed. */
  type(selector: string, text: string): Promise<void>;
  press(key: "Enter" | "Escape" | "Tab"): Promise<void>;
  chooseFile(selector: string, file: string): Promise<void>;
  screenshot(file: string): Promise<void>;
}

/** A browser with one tab. */
export interface Chromium {
  readonly tab: Tab;
  /** Resolves with the path of the next file that the browser has saved. Call it before what saves it. */
  nextDownload(): Promise<string>;
  close(): Promise<void>;
}

/** Starts Chromium with an empty profile. Rejects when none is installed. */
export async function startChromium(): Promise<Chromium> {
  const binary = findChromium();
  const folder = await mkdtemp(join(tmpdir(), "wirehouse-chromium-"));
  const child = spawn(binary, [...flags, `--user-data-dir=${join(folder, "profile")}`, "about:blank"], {
    stdio: ["ignore", "ignore", "ignore", "pipe", "pipe"],
  });
  const protocol = speak(child);
  const closed = new Promise<void>((resolve) => child.once("close", () => resolve()));
  const downloads = join(folder, "downloads");
  await protocol.send("Browser.setDownloadBehavior", {
    behavior: "allowAndName",
    downloadPath: downloads,
    eventsEnabled: true,
  });
  const { targetId } = await protocol.send("Target.createTarget", { url: "about:blank" });
  const { sessionId } = await protocol.send("Target.attachToTarget", { targetId, flatten: true });
  return {
    tab: await createTab(protocol, String(sessionId)),
    nextDownload: () =>
      new Promise((resolve) => {
        const off = protocol.on("Browser.downloadProgress", ({ state, guid }) => {
          if (state === "completed") {
            off();
            resolve(join(downloads, String(guid)));
          }
        });
      }),
    async close() {
      child.kill("SIGKILL");
      await closed;
      await rm(folder, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

type Listener = (params: Record<string, unknown>) => void;

interface Protocol {
  send(method: string, params?: object, sessionId?: string): Promise<Record<string, unknown>>;
  /** Returns how to stop listening. */
  on(event: string, listener: Listener): () => void;
}

interface Incoming {
  readonly id?: number;
  readonly method?: string;
  readonly params?: Record<string, unknown>;
  readonly result?: Record<string, unknown>;
  readonly error?: { readonly message: string };
}

/** Messages are JSON, each with a NUL after it. */
function speak(child: ChildProcess): Protocol {
  const [, , , output, input] = child.stdio as unknown as [null, null, null, Writable, Readable];
  const waiting = new Map<number, (message: Incoming) => void>();
  const listeners = new Set<{ event: string; listener: Listener }>();
  let lastId = 0;
  let rest = "";
  input.setEncoding("utf8").on("data", (piece: string) => {
    const parts = (rest + piece).split("\0");
    rest = parts.pop() ?? "";
    for (const part of parts) {
      const message = JSON.parse(part) as Incoming;
      if (message.id !== undefined) {
        waiting.get(message.id)?.(message);
        waiting.delete(message.id);
      }
      for (const { event, listener } of listeners) {
        if (event === message.method) {
          listener(message.params ?? {});
        }
      }
    }
  });
  // After the browser is gone, what is still asked of it is an error like any other.
  output.on("error", () => undefined);
  child.once("close", () => {
    for (const answer of waiting.values()) {
      answer({ error: { message: "Chromium is gone" } });
    }
  });
  return {
    send: (method, params = {}, sessionId) =>
      new Promise((resolve, reject) => {
        const id = ++lastId;
        waiting.set(id, ({ result, error }) =>
          error === undefined ? resolve(result ?? {}) : reject(new Error(`${method}: ${error.message}`)),
        );
        output.write(`${JSON.stringify({ id, method, params, sessionId })}\0`);
      }),
    on(event, listener) {
      const entry = { event, listener };
      listeners.add(entry);
      return () => listeners.delete(entry);
    },
  };
}

async function createTab(protocol: Protocol, sessionId: string): Promise<Tab> {
  const problems: string[] = [];
  const send: Send = (method, params) => protocol.send(method, params, sessionId);
  protocol.on("Runtime.exceptionThrown", (event) => problems.push(JSON.stringify(event.exceptionDetails)));
  protocol.on("Log.entryAdded", ({ entry }) => {
    const { level, source, text, url } = entry as Record<string, unknown>;
    // A request that failed is the page's to handle, whatever the browser says of it.
    if (level === "error" && source !== "network") {
      problems.push(`${text} ${url ?? ""}`);
    }
  });
  await Promise.all([send("Page.enable"), send("Runtime.enable"), send("Log.enable"), send("DOM.enable")]);

  const evaluate = async <T>(expression: string): Promise<T> => {
    const answer = await send("Runtime.evaluate", { expression, awaitPromise: true, returnByValue: true });
    const details = answer.exceptionDetails as
      | { exception?: { description?: string; value?: unknown } }
      | undefined;
    if (details !== undefined) {
      throw new Error(details.exception?.description ?? String(details.exception?.value));
    }
    return (answer.result as { value: T }).value;
  };
  const tab: Tab = {
    send,
    problems,
    evaluate,
    async open(url) {
      const loaded = new Promise<void>((resolve) => {
        const off = protocol.on("Page.loadEventFired", () => {
          off();
          resolve();
        });
      });
      await send("Page.navigate", { url });
      await loaded;
    },
    until: (expression) =>
      evaluate(`new Promise((resolve, reject) => {
        const isTrue = () => (${expression});
        const look = () => {
          if (isTrue()) {
            observer.disconnect();
            document.removeEventListener("focusin", look);
            clearTimeout(timer);
            resolve();
          }
        };
        const observer = new MutationObserver(look);
        observer.observe(document, { subtree: true, childList: true, attributes: true, characterData: true });
        document.addEventListener("focusin", look);
        const timer = setTimeout(() => {
          observer.disconnect();
          reject("not within ${patienceMs} ms: " + ${JSON.stringify(expression)} + "\\n" + document.body.innerText);
        }, ${patienceMs});
        look();
      })`),
    async click(selector) {
      await tab.until(`document.querySelector(${JSON.stringify(selector)}) !== null`);
      const [x, y] = await evaluate<[number, number]>(`(() => {
        const element = document.querySelector(${JSON.stringify(selector)});
        element.scrollIntoView({ block: "center", behavior: "instant" });
        const box = element.getBoundingClientRect();
        return [box.x + box.width / 2, box.y + box.height / 2];
      })()`);
      for (const type of ["mousePressed", "mouseReleased"]) {
        await send("Input.dispatchMouseEvent", { type, x, y, button: "left", clickCount: 1 });
      }
    },
    async type(selector, text) {
      await tab.click(selector);
      await evaluate(`document.querySelector(${JSON.stringify(selector)}).select()`);
      if (text === "") {
        await send("Input.dispatchKeyEvent", key("Delete", 46));
      } else {
        await send("Input.insertText", { text });
      }
    },
    async press(name) {
      const code = { Enter: 13, Escape: 27, Tab: 9 }[name];
      await send("Input.dispatchKeyEvent", {
        ...key(name, code),
        ...(name === "Enter" ? { text: "\r" } : {}),
      });
      await send("Input.dispatchKeyEvent", { ...key(name, code), type: "keyUp" });
    },
    async chooseFile(selector, file) {
      const { result } = await send("Runtime.evaluate", {
        expression: `document.querySelector(${JSON.stringify(selector)})`,
      });
      const { objectId } = result as { objectId: string };
      await send("DOM.setFileInputFiles", { files: [file], objectId });
    },
    async screenshot(file) {
      const { data } = await send("Page.captureScreenshot", { format: "png" });
      await writeFile(file, Buffer.from(String(data), "base64"));
    },
  };
  return tab;
}

function key(name: string, code: number): object {
  return { type: "keyDown", key: name, code: name, windowsVirtualKeyCode: code };
}

function findChromium(): string {
  const named = process.env.CHROMIUM_PATH;
  const folders = (process.env.PATH ?? "").split(delimiter);
  const names = ["chromium", "chromium-browser", "google-chrome"];
  const candidates =
    named === undefined ? folders.flatMap((folder) => names.map((name) => join(folder, name))) : [named];
  const found = candidates.find((path) => {
    try {
      accessSync(path, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
  if (found === undefined) {
    throw new Error(
      "Chromium is missing: install it (Debian: apt-get install chromium) or name its binary in CHROMIUM_PATH",
    );
  }
  return found;
}
