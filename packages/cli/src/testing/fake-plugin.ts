/**
 * The text of a protoc plugin that needs nothing but Node.js, so that a test starts it in a few milliseconds.
 * `body` is JavaScript that sees `files` (the paths to generate), `parameter`, `input` (the bytes of the
 * request), `respond(files)` and `fail(message)`.
 */
export function programFile(body: string): string {
  return `#!${process.execPath}
"use strict";
const fs = require("node:fs");
const input = fs.readFileSync(0);
${wire}
const { files, parameter } = readRequest(input);
${body}
`;
}

/** Writes one file for each .proto file: its path and the parameter. */
export const echo =
  'respond(files.map((name) => ({ name: name + ".txt", content: name + " " + parameter })));';

/** Keeps each request under `requests/`, named by its digest. */
export const record = `
fs.mkdirSync("requests", { recursive: true });
fs.writeFileSync("requests/" + require("node:crypto").hash("sha256", input), input);
${echo}`;

const wire = `
function readRequest(bytes) {
  const found = { files: [], parameter: "" };
  let at = 0;
  const varint = () => {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = bytes[at++];
      value += (byte & 127) * scale;
      if (byte < 128) return value;
    }
  };
  while (at < bytes.length) {
    const field = varint() >>> 3;
    const length = varint();
    const text = () => bytes.toString("utf8", at, at + length);
    if (field === 1) found.files.push(text());
    if (field === 2) found.parameter = text();
    at += length;
  }
  return found;
}
function field(number, content) {
  const bytes = Buffer.from(content);
  const head = [number * 8 + 2];
  let length = bytes.length;
  for (; length > 127; length >>>= 7) head.push((length & 127) | 128);
  return Buffer.concat([Buffer.from([...head, length]), bytes]);
}
// supported_features: proto3 optional and editions; editions from proto2 to unstable.
const features = Buffer.from([16, 3, 24, 230, 7, 32, 143, 78]);
function respond(list) {
  const encode = ({ name, content }) => Buffer.concat([field(1, name), field(15, content)]);
  const all = Buffer.concat([features, ...list.map((file) => field(15, encode(file)))]);
  for (let at = 0; at < all.length; ) at += fs.writeSync(1, all, at);
}
function fail(message) {
  fs.writeSync(1, field(1, message));
}
`;
