import { Code, ConnectError } from "@connectrpc/connect";

/** The code that a call ends with, by its name, or "OK". */
export async function codeOf(call: Promise<unknown>): Promise<string> {
  try {
    await call;
    return "OK";
  } catch (error) {
    return Code[ConnectError.from(error).code] ?? "";
  }
}
