// A person's way through the page, in a real Chromium, against the real services. Not part of `pnpm test`: it needs a browser.
// Run: pnpm --filter @partner/web test:browser
import { createHash } from "node:crypto";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type Chromium, startChromium, type Tab } from "./chromium.ts";
import { type Stack, startStack } from "./stack.ts";

let folder: string;
let stack: Stack;
let chromium: Chromium;
let tab: Tab;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "wirehouse-web-"));
  stack = await startStack(folder);
  chromium = await startChromium();
  tab = chromium.tab;
  await tab.open(stack.url);
});

afterAll(async () => {
  await chromium?.close();
  await stack?.close();
  await rm(folder, { recursive: true, force: true });
});

/** The page shows this text, in the element or anywhere. */
const shows = (text: string, selector = "body") =>
  tab.until(
    `document.querySelector(${JSON.stringify(selector)})?.innerText.includes(${JSON.stringify(text)})`,
  );
const titles = () =>
  tab.evaluate<string[]>(`[...document.querySelectorAll(".document h2")].map((title) => title.textContent)`);
const isListed = (title: string) =>
  tab.until(
    `[...document.querySelectorAll(".document h2")].some((one) => one.textContent === ${JSON.stringify(title)})`,
  );
const tokens = () => tab.evaluate<number>(`Number(document.querySelector("#wire-tokens").textContent)`);
/** The button of a document, by the words that a screen reader says. */
const clickOn = async (action: string, title: string) => {
  const words = JSON.stringify(`${action} “${title}”`);
  const find = `[...document.querySelectorAll(".document button")].find((one) => one.textContent.trim() === ${words})`;
  await tab.until(`${find} !== undefined`);
  await tab.evaluate(`document.querySelector("[data-target]")?.removeAttribute("data-target")`);
  await tab.evaluate(`${find}.setAttribute("data-target", "")`);
  await tab.click("[data-target]");
};
const signIn = async (password: string) => {
  await tab.type("[name=username]", stack.username);
  await tab.type("[name=password]", password);
  await tab.press("Enter");
};

/** What axe finds wrong, one line each. */
async function accessibilityProblems(): Promise<string[]> {
  await tab.evaluate(await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8"));
  return await tab.evaluate(`axe.run(document, { resultTypes: ["violations"] }).then(({ violations }) =>
    violations.flatMap(({ id, nodes }) => nodes.map(({ html, failureSummary }) => id + ": " + html + " " + failureSummary)))`);
}

async function inEachScheme(check: () => Promise<void>): Promise<void> {
  for (const value of ["dark", "light"]) {
    await tab.send("Emulation.setEmulatedMedia", { features: [{ name: "prefers-color-scheme", value }] });
    await check();
  }
}

const isAccessible = () => inEachScheme(async () => expect(await accessibilityProblems()).toEqual([]));

it("refuses a wrong password, in words, and goes on with the right one", async () => {
  await tab.until(`document.activeElement?.name === "username"`);
  await isAccessible();
  await signIn("wrong");
  await shows("The username or the password is wrong.", "[role=alert]");
  await isAccessible();
  await signIn(stack.password);
  await shows("Ada Lovelace of", "header");
  await shows("Live", ".connection");
  await shows("There is no document yet.");
  await isAccessible();
});

it("creates a document by keyboard, and puts the focus back where it was", async () => {
  await tab.click(".toolbar > button");
  await tab.until(`document.querySelector("dialog").open`);
  await isAccessible();
  await tab.press("Escape");
  await tab.until(
    `!document.querySelector("dialog").open && document.activeElement.textContent === "New document"`,
  );
  await tab.press("Enter");
  await tab.type("dialog [name=title]", "Engine notes");
  await tab.type("dialog [name=description]", "On the analytical engine");
  await tab.type("dialog [name=labels]", "Project = apollo");
  await tab.click("dialog .primary");
  await shows("“Project” is no key", "dialog [role=alert]");
  await tab.type("dialog [name=labels]", "project = apollo\nreviewed");
  await tab.click("dialog .primary");
  await isListed("Engine notes");
  await shows("project: apollo", ".labels");
  await shows("Saved “Engine notes”.", ".notice");
});

it("uploads a file in parts, shows it in the list, and downloads the same bytes, across ends of tokens", async () => {
  const content = Buffer.alloc(5 * 1024 * 1024 + 7);
  for (let index = 0; index < content.length; index += 64) {
    createHash("sha512").update(`${index}`).digest().copy(content, index);
  }
  const file = join(folder, "engine.bin");
  await writeFile(file, content);
  const before = await tokens();
  await tab.chooseFile(".document input[type=file]", file);
  await shows("Uploaded “engine.bin” to “Engine notes”.", ".notice");
  await shows("engine.bin, 5.2 MB, revision 1.", ".document");
  // A token ends after two seconds: this waits until two more were fetched, with nobody doing anything.
  await tab.until(`Number(document.querySelector("#wire-tokens").textContent) >= ${before + 2}`);
  expect(await tab.evaluate(`document.querySelector(".connection").innerText`)).toBe("Live");
  const download = chromium.nextDownload();
  await clickOn("Download", "Engine notes");
  expect((await readFile(await download)).equals(content)).toBe(true);
  await shows("its digest is right", ".notice");
});

it("shows at once what another account does", async () => {
  const { document } = await stack.other.createDocument({
    document: { title: "From elsewhere" },
    idempotencyKey: crypto.randomUUID(),
  });
  await isListed("From elsewhere");
  expect(await titles()).toEqual(["From elsewhere", "Engine notes"]);
  await shows("“From elsewhere” was created", "#announcer");
  const changed = { documentId: document?.documentId ?? "", title: "Renamed elsewhere" };
  await stack.other.updateDocument({ document: changed, updateMask: { paths: ["title"] } });
  await isListed("Renamed elsewhere");
  await isAccessible();
});

it("says so when somebody else changed a document that is being edited", async () => {
  await clickOn("Edit", "Renamed elsewhere");
  await tab.type("dialog [name=title]", "Mine");
  const { documents } = await stack.other.listDocuments({ filter: { titleContains: "renamed" } });
  const changed = { documentId: documents[0]?.documentId ?? "", title: "Theirs" };
  await stack.other.updateDocument({ document: changed, updateMask: { paths: ["title"] } });
  await isListed("Theirs");
  await tab.click("dialog .primary");
  await shows("it is called “Theirs” now", "dialog [role=alert]");
  await tab.click("dialog .primary");
  await isListed("Mine");
});

it("publishes, archives, deletes, and undoes a deletion", async () => {
  await clickOn("Publish", "Engine notes");
  await shows("Published “Engine notes”.", ".notice");
  await clickOn("Archive", "Engine notes");
  await clickOn("Unarchive", "Engine notes");
  await tab.until(`document.activeElement.textContent.trim().startsWith("Archive")`);
  await clickOn("Delete", "Engine notes");
  await tab.until(`!document.querySelector(".documents").innerText.includes("Engine notes")`);
  await tab.until(`document.activeElement.textContent === "Undo"`);
  await tab.press("Enter");
  await isListed("Engine notes");
  await shows("Published", ".document .state.published");
});

it("filters by title, state and label, and shows what enters and leaves", async () => {
  await tab.type("[name=title]", "ENGINE");
  await tab.until(`document.querySelectorAll(".document").length === 1`);
  await tab.type("[role=search] [name=label]", "project = gemini");
  await shows("No document matches.");
  await isAccessible();
  await stack.other.createDocument({
    document: { title: "Steam engine", labels: { project: "gemini" } },
    idempotencyKey: crypto.randomUUID(),
  });
  await isListed("Steam engine");
  await tab.type("[role=search] [name=label]", "");
  await tab.type("[name=title]", "");
  await isListed("Mine");
});

it("reads page after page", async () => {
  for (let number = 1; number <= 25; number++) {
    await stack.other.createDocument({
      document: { title: `Paper ${number}`, labels: { kind: "paper" } },
      idempotencyKey: crypto.randomUUID(),
    });
  }
  await tab.type("[role=search] [name=label]", "kind = paper");
  await tab.until(`document.querySelectorAll(".document").length === 20`);
  await tab.click(".more");
  await tab.until(
    `document.querySelectorAll(".document").length === 25 && document.querySelector(".more") === null`,
  );
  await tab.type("[role=search] [name=label]", "");
  await isListed("Paper 25");
});

it("says when the service is away, and catches up by itself", async () => {
  const before = await tab.evaluate<number>(`Number(document.querySelector("#wire-streams").textContent)`);
  await stack.restartDocuments(() => shows("Offline", ".connection"));
  const { documents } = await stack.other.listDocuments({ filter: { titleContains: "Paper 25" } });
  const changed = { documentId: documents[0]?.documentId ?? "", title: "Paper 26" };
  await stack.other.updateDocument({ document: changed, updateMask: { paths: ["title"] } });
  await isListed("Paper 26");
  await shows("Live", ".connection");
  expect(
    await tab.evaluate<number>(`Number(document.querySelector("#wire-streams").textContent)`),
  ).toBeGreaterThan(before);
});

it("signs out, and forgets what it showed", async () => {
  await tab.click("header button");
  await tab.until(`document.activeElement?.name === "username"`);
  expect(await tab.evaluate(`document.body.innerText`)).not.toContain("Engine notes");
  expect(await tab.evaluate(`[localStorage.length, sessionStorage.length, document.cookie]`)).toEqual([
    0,
    0,
    "",
  ]);
});

it("ends the session when the credentials are taken back", async () => {
  await signIn(stack.password);
  await shows("Live", ".connection");
  await stack.admin.disableServiceAccount({ serviceAccountId: stack.accountId });
  await shows("not accepted any more", "[role=alert]");
});

it("broke no rule of its content security policy, and threw nothing", () => {
  expect(tab.problems).toEqual([]);
});
