import type { DescMethod, DescService } from "@bufbuild/protobuf";
import type { Interceptor } from "@connectrpc/connect";

/** Which methods: a service, a method, or a test. */
export type Selection = DescService | DescMethod | ((method: DescMethod) => boolean);

/**
 * Applies interceptors to some methods only, in the order given; other calls pass by them. For clients and servers.
 *
 *     selector(DocumentService.method.getDocument, retry())
 *     selector([DocumentService, IdentityService], logging(options))
 */
export function selector(
  selection: Selection | readonly Selection[],
  interceptors: Interceptor | readonly Interceptor[],
): Interceptor {
  const selections = Array.isArray(selection)
    ? (selection as readonly Selection[])
    : [selection as Selection];
  const inner = typeof interceptors === "function" ? [interceptors] : interceptors;
  // Decided once for each method, of which there is a fixed number.
  const decided = new Map<DescMethod, boolean>();
  const applies = (method: DescMethod): boolean => {
    let answer = decided.get(method);
    if (answer === undefined) {
      answer = selections.some((one) => matches(one, method));
      decided.set(method, answer);
    }
    return answer;
  };
  return (next) => {
    const wrapped = inner.reduceRight((fn, interceptor) => interceptor(fn), next);
    return (request) => (applies(request.method) ? wrapped(request) : next(request));
  };
}

/** All methods but these. */
export function except(...selections: readonly Selection[]): Selection {
  return (method) => !selections.some((one) => matches(one, method));
}

function matches(selection: Selection, method: DescMethod): boolean {
  if (typeof selection === "function") {
    return selection(method);
  }
  return selection.kind === "service"
    ? selection.typeName === method.parent.typeName
    : selection.name === method.name && selection.parent.typeName === method.parent.typeName;
}
