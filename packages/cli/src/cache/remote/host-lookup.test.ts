import { createSocket } from "node:dgram";
import { Resolver } from "node:dns";
import { once } from "node:events";
import type { LookupFunction } from "node:net";
import { expect, it, onTestFinished } from "vitest";
import { boundedLookup } from "./host-lookup.ts";

/** A name server that gets questions and, with `answer`, says that there is no such name. */
async function makeResolver({ answer }: { answer: boolean }) {
  const socket = createSocket("udp4");
  socket.on("message", (query, { port, address }) => {
    if (answer) {
      // RFC 1035, section 4.1.1: the same message as a response (QR), with response code 3.
      const reply = Buffer.from(query);
      reply.writeUInt16BE(0x8183, 2);
      socket.send(reply, port, address);
    }
  });
  socket.bind(0, "127.0.0.1");
  await once(socket, "listening");
  onTestFinished(() => {
    socket.close();
  });
  const resolver = new Resolver();
  resolver.setServers([`127.0.0.1:${socket.address().port}`]);
  return resolver;
}

/** What the system would do. */
const lookup: LookupFunction = (name, _options, callback) => callback(null, `the address of ${name}`);

const resolve = (bounded: LookupFunction, name: string) =>
  new Promise<string>((done) => {
    bounded(name, {}, (reason, address) => done(reason?.code ?? String(address)));
  });

it("gives up where no name server answers", async () => {
  const bounded = boundedLookup(50, { resolver: await makeResolver({ answer: false }), lookup });
  expect(await resolve(bounded, "cache.example.com")).toBe("ETIMEOUT");
});

it("asks the system where one answers, whatever it says: the hosts file may know the name", async () => {
  const bounded = boundedLookup(20_000, { resolver: await makeResolver({ answer: true }), lookup });
  expect(await resolve(bounded, "cache")).toBe("the address of cache");
});

it("asks no name server for this machine", async () => {
  const bounded = boundedLookup(20_000, { resolver: await makeResolver({ answer: false }), lookup });
  for (const name of ["localhost", "127.0.0.1", "::1"]) {
    expect(await resolve(bounded, name)).toBe(`the address of ${name}`);
  }
});
