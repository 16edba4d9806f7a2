import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { run } from "../packaging/run.ts";

/** A registry on loopback that has nothing but these tarballs, each as the one version of its package. */
export async function serveTarballs(
  tarballs: readonly string[],
): Promise<{ url: string; close(): Promise<void> }> {
  const packages = new Map(
    tarballs.map((file) => {
      const manifest = JSON.parse(run("tar", ["-xzOf", file, "package/package.json"], "/")) as {
        name: string;
        version: string;
      };
      return [manifest.name, { manifest, content: readFileSync(file) }];
    }),
  );
  const server = createServer((request, response) => {
    const [, path = "", isTarball] = /^\/(.*?)(\.tgz)?$/.exec(decodeURIComponent(request.url ?? "")) ?? [];
    const found = packages.get(path);
    if (found === undefined) {
      response.writeHead(404).end();
    } else if (isTarball !== undefined) {
      response.end(found.content);
    } else {
      const { name, version } = found.manifest;
      const integrity = `sha512-${createHash("sha512").update(found.content).digest("base64")}`;
      const dist = { tarball: `${url}/${name}.tgz`, integrity };
      response.setHeader("content-type", "application/json");
      response.end(
        JSON.stringify({
          name,
          "dist-tags": { latest: version },
          versions: { [version]: { ...found.manifest, dist } },
        }),
      );
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
