import { StorageError } from "@partner/storage";
import { IdentityError } from "../domain/errors.ts";

/** RFC 6749, section 5.1: tokens, and what is said of them, stay out of caches. */
const noStore = { "cache-control": "no-store", pragma: "no-cache" };

export function json(status: number, body: unknown, header: Record<string, string> = {}): Response {
  return Response.json(body, { status, headers: { ...noStore, ...header } });
}

export function text(status: number, message: string, header: Record<string, string> = {}): Response {
  const headers = { "content-type": "text/plain; charset=utf-8", ...noStore, ...header };
  return new Response(`${message}\n`, { status, headers });
}

export function retryAfter(ms: number): Record<string, string> {
  return { "retry-after": String(Math.max(1, Math.ceil(ms / 1000))) };
}

/** Whether the same request may succeed later; else the error is a fault of ours. */
export function isPassing(error: unknown): boolean {
  return (
    error instanceof StorageError ||
    (error instanceof IdentityError && ["busy", "key_unreadable"].includes(error.code))
  );
}

export function hasType(request: Request, type: string): boolean {
  return request.headers.get("content-type")?.split(";")[0]?.trim().toLowerCase() === type;
}
