import { InterceptorError } from "../../errors.ts";

/** Reads a body as UTF-8, and hangs up as soon as it is longer than `limit` bytes. */
export async function readBounded(response: Response, limit: number): Promise<string> {
  const reader = response.body?.getReader();
  if (reader === undefined) {
    return "";
  }
  const decoder = new TextDecoder();
  let text = "";
  let bytes = 0;
  for (;;) {
    const { done, value } = await read(reader);
    if (done) {
      return text + decoder.decode();
    }
    bytes += value.length;
    if (bytes > limit) {
      await reader.cancel();
      throw new InterceptorError(
        "token_endpoint_misbehaved",
        `the token endpoint's answer is longer than ${limit} bytes: it is not a token answer`,
      );
    }
    text += decoder.decode(value, { stream: true });
  }
}

async function read(reader: ReadableStreamDefaultReader<Uint8Array>) {
  try {
    return await reader.read();
  } catch (cause) {
    if (cause instanceof Error && (cause.name === "TimeoutError" || cause.name === "AbortError")) {
      throw cause;
    }
    const message = "the connection to the token endpoint broke while it answered";
    throw new InterceptorError("token_endpoint_unavailable", message, { cause });
  }
}
