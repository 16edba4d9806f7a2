import type { ServerResponse } from "node:http";
import type { WrongAnswer } from "./options.ts";

const wrongAnswers: Record<WrongAnswer, string> = {
  "not-json": "<html>it works</html>",
  "empty-object": "{}",
  "token-is-number": JSON.stringify({ token: 1, access_token: 1 }),
  "token-is-empty": JSON.stringify({ token: "", access_token: "" }),
  "token-has-newline": JSON.stringify({
    token: "a\r\nb: c",
    access_token: "a\r\nb: c",
    token_type: "Bearer",
  }),
  array: "[]",
};

/** Sends one of the wrong answers, with status 200. */
export function sendWrong(response: ServerResponse, answer: WrongAnswer): void {
  send(response, 200, wrongAnswers[answer], "application/json");
}

/** Sends a whole answer. */
export function send(response: ServerResponse, status: number, body: string, type = "text/plain"): void {
  response.writeHead(status, { "content-type": type, "cache-control": "no-store" });
  response.end(body);
}

/** Sends a body without an end, a piece each time the socket has room, until the client hangs up. */
export function sendHuge(response: ServerResponse): void {
  response.writeHead(200, { "content-type": "application/json" });
  const piece = " ".repeat(16 * 1024);
  const more = (): void => {
    if (!response.destroyed) {
      response.write(piece, () => setImmediate(more));
    }
  };
  more();
}
