/** Procedures of the echo service. */
const unary = "/wirehouse.testkit.v1.EchoService/UnaryEcho";
const json = "{}";

/** A request without a valid token, as it stands on the wire of HTTP/1.1. */
export interface Http1Attempt {
  readonly attempt: string;
  readonly bytes: string;
}

function post(
  attempt: string,
  { target = unary, headers = "", body = json, type = "application/json" } = {},
): Http1Attempt {
  const contentType = type === "" ? "" : `content-type: ${type}\r\n`;
  return {
    attempt,
    bytes: `POST ${target} HTTP/1.1\r\nhost: a\r\nconnection: close\r\n${contentType}content-length: ${body.length}\r\n${headers}\r\n${body}`,
  };
}

function get(attempt: string, target: string, headers = "", method = "GET"): Http1Attempt {
  return { attempt, bytes: `${method} ${target} HTTP/1.1\r\nhost: a\r\nconnection: close\r\n${headers}\r\n` };
}

const query = "?connect=v1&encoding=json&message=%7B%7D";
const envelope = "\0\0\0\0\0";

/** Attempts to reach a handler over HTTP/1.1 without a valid token. */
export const http1Attempts: readonly Http1Attempt[] = [
  post("no token"),
  post("a wrong token", { headers: "authorization: Bearer bad\r\n" }),
  post("an empty token", { headers: "authorization: Bearer \r\n" }),
  post("the token with another scheme", { headers: "authorization: Basic good\r\n" }),
  post("the token under another name", { headers: "x-authorization: Bearer good\r\n" }),
  post("the token in proxy-authorization", { headers: "proxy-authorization: Bearer good\r\n" }),
  post("the token in a cookie", { headers: "cookie: authorization=Bearer good\r\n" }),
  post("the token in the query", { target: `${unary}?authorization=Bearer%20good&access_token=good` }),
  post("a wrong token, then the right one", {
    headers: "authorization: Bearer bad\r\nauthorization: Bearer good\r\n",
  }),
  post("the right token, then a wrong one", {
    headers: "authorization: Bearer good\r\nauthorization: Bearer bad\r\n",
  }),
  post("two tokens in one header", { headers: "authorization: Bearer bad, Bearer good\r\n" }),
  post("authorization named as a header of the connection", { headers: "connection: authorization\r\n" }),
  {
    attempt: "the token in the trailers",
    bytes: `POST ${unary} HTTP/1.1\r\nhost: a\r\nconnection: close\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\ntrailer: authorization\r\n\r\n2\r\n{}\r\n0\r\nauthorization: Bearer good\r\n\r\n`,
  },
  post("binary", { type: "application/proto", body: "" }),
  post("gRPC", { type: "application/grpc", body: envelope }),
  post("gRPC with JSON", { type: "application/grpc+json", body: envelope }),
  post("gRPC-Web", { type: "application/grpc-web+proto", body: envelope }),
  post("gRPC-Web in text", { type: "application/grpc-web-text", body: "AAAAAAA=" }),
  post("a stream of Connect", {
    target: "/wirehouse.testkit.v1.EchoService/ServerEcho",
    type: "application/connect+json",
    body: "\0\0\0\0\x02{}",
  }),
  post("an unknown content type", { type: "text/plain" }),
  post("no content type", { type: "" }),
  post("a content type in capitals", { type: "APPLICATION/JSON" }),
  post("two content types", { headers: "content-type: application/proto\r\n" }),
  get("GET for a method without side effects", `${unary}${query}`),
  get("GET with base64", `${unary}?connect=v1&encoding=proto&base64=1&message=`),
  get("GET with the token in the query", `${unary}${query}&authorization=Bearer%20good`),
  get("HEAD", `${unary}${query}`, "", "HEAD"),
  get("OPTIONS", unary, "", "OPTIONS"),
  get(
    "a preflight request of an allowed origin",
    unary,
    "origin: https://app.example.com\r\naccess-control-request-method: POST\r\n",
    "OPTIONS",
  ),
  post("an allowed origin", { headers: "origin: https://app.example.com\r\n" }),
  get("an unknown method", unary, "", "PURGE"),
  get(
    "method override to POST",
    `${unary}${query}`,
    "x-http-method-override: POST\r\nx-method-override: POST\r\n",
  ),
  post("an override of the path", {
    target: "/",
    headers: `x-original-url: ${unary}\r\nx-rewrite-url: ${unary}\r\n`,
  }),
  post("two slashes in front", { target: `/${unary}` }),
  post("two slashes inside", { target: "/wirehouse.testkit.v1.EchoService//UnaryEcho" }),
  post("a slash at the end", { target: `${unary}/` }),
  post("another case", { target: unary.toLowerCase() }),
  post("dots in the path", { target: `/x/..${unary}` }),
  post("a dot in the path", { target: `/.${unary}` }),
  post("a percent-encoded letter", { target: "/wirehouse.testkit.v1.EchoService/Unary%45cho" }),
  post("a percent-encoded slash", { target: "/wirehouse.testkit.v1.EchoService%2FUnaryEcho" }),
  post("a backslash", { target: "/wirehouse.testkit.v1.EchoService\\UnaryEcho" }),
  post("a path parameter", { target: `${unary};a=b` }),
  post("a fragment", { target: `${unary}#x` }),
  post("a path prefix", { target: `/api${unary}` }),
  post("an unknown procedure", { target: "/wirehouse.testkit.v1.EchoService/Nothing" }),
  post("an unknown service", { target: "/nothing.v1.Nothing/UnaryEcho" }),
  post("the absolute form", { target: `http://a${unary}` }),
  post("the absolute form with a public path in the host", {
    target: `http://a/grpc.health.v1.Health/Check?x=${unary}`,
  }),
  post("the absolute form with user information", { target: `http://good@a${unary}` }),
  {
    attempt: "a path in the host",
    bytes: `POST ${unary} HTTP/1.1\r\nhost: a/grpc.health.v1.Health/Check?\r\nconnection: close\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}`,
  },
  {
    attempt: "no host",
    bytes: `POST ${unary} HTTP/1.1\r\nconnection: close\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}`,
  },
  {
    attempt: "HTTP/1.0",
    bytes: `POST ${unary} HTTP/1.0\r\nhost: a\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}`,
  },
  post("an upgrade to HTTP/2", {
    headers: "connection: upgrade, http2-settings\r\nupgrade: h2c\r\nhttp2-settings: AAMAAABkAAQAAP__\r\n",
  }),
  get("an upgrade to WebSocket", unary, "connection: upgrade\r\nupgrade: websocket\r\n"),
  get("CONNECT", "a:80", "", "CONNECT"),
  {
    attempt: "a length and chunks",
    bytes: `POST ${unary} HTTP/1.1\r\nhost: a\r\nconnection: close\r\ncontent-type: application/json\r\ncontent-length: 2\r\ntransfer-encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n`,
  },
  post("a transfer encoding that is none", { headers: "transfer-encoding: xchunked\r\n" }),
  {
    attempt: "a folded header",
    bytes: `POST ${unary} HTTP/1.1\r\nhost: a\r\nconnection: close\r\nx: y\r\n authorization: Bearer good\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}`,
  },
  {
    attempt: "a header with a space before the colon",
    bytes: `POST ${unary} HTTP/1.1\r\nhost: a\r\nconnection: close\r\nauthorization : Bearer good\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}`,
  },
];

/** Headers of a request over HTTP/2 without a valid token; defaults are those of a right unary call of Connect. */
export interface Http2Attempt {
  readonly attempt: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** Attempts to reach a handler over HTTP/2 without a valid token. */
export const http2Attempts: readonly Http2Attempt[] = [
  { attempt: "no token", headers: {} },
  { attempt: "gRPC", headers: { "content-type": "application/grpc", te: "trailers" } },
  { attempt: "gRPC-Web", headers: { "content-type": "application/grpc-web" } },
  { attempt: "an unknown content type", headers: { "content-type": "application/xml" } },
  { attempt: "GET", headers: { ":method": "GET", ":path": `${unary}${query}` } },
  { attempt: "HEAD", headers: { ":method": "HEAD" } },
  { attempt: "a method in lower case", headers: { ":method": "post" } },
  { attempt: "two slashes in front", headers: { ":path": `/${unary}` } },
  { attempt: "no slash in front", headers: { ":path": unary.slice(1) } },
  {
    attempt: "a percent-encoded slash",
    headers: { ":path": "/wirehouse.testkit.v1.EchoService%2fUnaryEcho" },
  },
  { attempt: "the absolute form as the path", headers: { ":path": `http://a${unary}` } },
  { attempt: "a path in the authority", headers: { ":authority": "a/grpc.health.v1.Health/Check?" } },
  { attempt: "user information in the authority", headers: { ":authority": "good@a" } },
  { attempt: "another scheme", headers: { ":scheme": "https" } },
  { attempt: "a scheme that is none", headers: { ":scheme": "file" } },
  { attempt: "the token under another name", headers: { "grpc-authorization": "Bearer good" } },
];
