import type { DescFile, DescService } from "@bufbuild/protobuf";
import type { ConnectRouter } from "@connectrpc/connect";
import {
  type ServerReflectionRequest as RequestV1,
  ServerReflection as ServiceV1,
} from "@wirehouse/proto-grpc-reflection/v1";
import {
  type ServerReflectionRequest as RequestV1Alpha,
  ServerReflection as ServiceV1Alpha,
} from "@wirehouse/proto-grpc-reflection/v1alpha";
import { answer, type SentFiles } from "./answer.ts";
import { indexDescriptors } from "./descriptor-index.ts";

/** The services that `reflectionRoutes` registers. */
export const reflectionServices: readonly DescService[] = [ServiceV1, ServiceV1Alpha];

/** Options of `reflectionRoutes`. */
export interface ReflectionOptions {
  /** Files to tell of besides those of the services and their imports, for example with extensions. Default none. */
  files?: readonly DescFile[];
}

/**
 * Server reflection (https://github.com/grpc/grpc/blob/master/doc/server-reflection.md), v1 and v1alpha: tells clients such
 * as `buf curl`, grpcurl and grpcui of these services, of itself, and of all types that they use. What each answer has, and
 * that no imported file is sent twice on one stream, is as in grpc-go.
 */
export function reflectionRoutes(
  services: readonly DescService[],
  options: ReflectionOptions = {},
): (router: ConnectRouter) => void {
  const all = [...services, ...reflectionServices];
  const index = indexDescriptors([...all.map((service) => service.file), ...(options.files ?? [])]);
  const names = [...new Set(all.map((service) => service.typeName))].sort();
  async function* converse<R extends RequestV1 | RequestV1Alpha>(requests: AsyncIterable<R>) {
    const sent: SentFiles = new Set();
    for await (const request of requests) {
      const messageResponse = answer(request, { index, services: names, sent });
      yield { validHost: request.host, originalRequest: request, messageResponse };
    }
  }
  return (router) => {
    router.service(ServiceV1, { serverReflectionInfo: (requests) => converse(requests) });
    router.service(ServiceV1Alpha, { serverReflectionInfo: (requests) => converse(requests) });
  };
}
