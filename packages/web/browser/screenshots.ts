// Takes pictures of the page in the states that people see, to look at after a change of its style.
// Run: pnpm --filter @partner/web run screenshots FOLDER
import { mkdir, mkdtemp, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startChromium } from "./chromium.ts";
import { startStack } from "./stack.ts";

const [folder] = process.argv.slice(2);
if (folder === undefined) {
  console.error("usage: node browser/screenshots.ts FOLDER");
  process.exit(2);
}
await mkdir(folder, { recursive: true });
const data = await mkdtemp(join(tmpdir(), "wirehouse-web-"));
const stack = await startStack(data);
const { tab, close } = await startChromium();
const wide = { width: 1200, height: 800, deviceScaleFactor: 1, mobile: false };
const narrow = { width: 390, height: 844, deviceScaleFactor: 2, mobile: true };

/** In both widths and both colour schemes. */
async function take(name: string): Promise<void> {
  for (const [width, metrics] of Object.entries({ wide, narrow })) {
    await tab.send("Emulation.setDeviceMetricsOverride", metrics);
    for (const value of ["light", "dark"]) {
      await tab.send("Emulation.setEmulatedMedia", { features: [{ name: "prefers-color-scheme", value }] });
      await tab.screenshot(join(folder as string, `${name}-${width}-${value}.png`));
    }
  }
}

async function signIn(password: string): Promise<void> {
  await tab.type("[name=username]", stack.username);
  await tab.type("[name=password]", password);
  await tab.press("Enter");
}

try {
  await tab.send("Emulation.setDeviceMetricsOverride", wide);
  await tab.open(stack.url);
  await signIn("wrong");
  await tab.until(`document.querySelector("[role=alert]").innerText !== ""`);
  await take("sign-in-refused");
  await signIn(stack.password);
  await tab.until(`document.querySelector(".connection.live") !== null`);
  await take("empty");

  const titles = [
    "Notes on the engine",
    "Minutes of the board",
    "Tender for the bridge at Kew, second round",
  ];
  for (const title of titles) {
    await stack.other.createDocument({
      document: {
        title,
        description: title.startsWith("Notes") ? "How the engine weaves algebraic patterns." : "",
        labels: title.startsWith("Minutes") ? {} : { project: "apollo", confidential: "" },
      },
      idempotencyKey: crypto.randomUUID(),
    });
  }
  await tab.until(`document.querySelectorAll(".document").length === 3`);
  const file = join(data, "notes.pdf");
  await writeFile(file, Buffer.alloc(1_400_000, 7));
  await tab.chooseFile(".document:last-child input[type=file]", file);
  await tab.until(`document.querySelector(".notice") !== null`);
  await tab.evaluate(`document.querySelector(".document:last-child .actions button:nth-of-type(4)").click()`);
  await tab.until(`document.querySelector(".state.published") !== null`);
  await take("documents");
  const large = join(data, "survey.tif");
  await writeFile(large, "");
  await truncate(large, 300_000_000);
  await tab.chooseFile(".document input[type=file]", large);
  await tab.until(`document.querySelector("progress")?.value > 0`);
  await take("uploading");
  await tab.click(".transfer button");
  await tab.click(".toolbar > button");
  await tab.type("dialog [name=labels]", "Not a label");
  await tab.type("dialog [name=title]", "Budget");
  await tab.click("dialog .primary");
  await take("new-document");
  await tab.press("Escape");
  await tab.type("[role=search] [name=label]", "= x");
  await tab.until(`document.querySelector("#query-problem").innerText !== ""`);
  await take("wrong-filter");
  await tab.type("[role=search] [name=label]", "");
  await stack.restartDocuments(async () => {
    await tab.until(`document.querySelector(".connection.waiting") !== null`);
    await take("offline");
    await tab.type("[role=search] [name=title]", "x");
    await tab.until(`document.querySelector(".empty[role=alert]") !== null`);
    await take("failed");
  });
} finally {
  await close();
  await stack.close();
  await rm(data, { recursive: true, force: true });
}
