import { type ServiceError, status } from "@grpc/grpc-js";
import { DocumentService } from "@partner/document/service/v1";
import { expectEqual } from "./expect.ts";
import { GrpcJsClient } from "./grpc-js-client.ts";
import { findGrpcurl, watchWithGrpcurl } from "./grpcurl.ts";
import type { Report } from "./report.ts";
import { type Platform, tokensOf } from "./seed.ts";

/** Stops the services while clients follow changes: each has to be told that it can go elsewhere. */
export async function tryDraining(report: Report, platform: Platform): Promise<void> {
  const { reader } = await tokensOf(platform);
  const check = (client: string, work: () => Promise<void>) =>
    report.check(client, "grpc", "UNAVAILABLE when the server closes", work);
  const grpcurl = findGrpcurl();
  const clients: [string, Watch][] = [
    ["grpc-js", await watchWithGrpcJs(platform.documentUrl, reader)],
    ...(grpcurl === undefined
      ? []
      : [
          ["grpcurl", await watchWithGrpcurl(grpcurl, platform.documentUrl, reader)] satisfies [
            string,
            Watch,
          ],
        ]),
  ];
  await platform.stop();
  for (const [client, watch] of clients) {
    await check(client, async () => expectEqual(await watch.code, status.UNAVAILABLE, "code"));
  }
}

/** A stream without end that has begun. */
export interface Watch {
  /** How it ends. */
  readonly code: Promise<number>;
}

async function watchWithGrpcJs(url: string, token: string): Promise<Watch> {
  const client = new GrpcJsClient(url);
  const stream = client.serverStream(DocumentService.method.watchDocuments, {}, token);
  const begun = Promise.withResolvers<void>();
  const ended = Promise.withResolvers<number>();
  stream.on("data", () => begun.resolve());
  stream.once("error", (error: ServiceError) => {
    begun.reject(error);
    ended.resolve(error.code);
  });
  stream.once("end", () => ended.resolve(status.OK));
  await begun.promise;
  return { code: ended.promise.finally(() => client.close()) };
}
