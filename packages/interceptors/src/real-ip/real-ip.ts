import {
  type ContextKey,
  type ContextValues,
  createContextKey,
  createContextValues,
  type Interceptor,
} from "@connectrpc/connect";
import ipaddr from "ipaddr.js";
import { InterceptorError } from "../errors.ts";
import type { RealIpOptions } from "./options.ts";

/** The address at the other end of the connection, in the context values; "" when the HTTP adapter did not put it there. */
export const peerAddressKey: ContextKey<string> = createContextKey("", { description: "peer address" });

/** The caller's address, as far as it can be known; "" when the peer's is not. */
export const realIpKey: ContextKey<string> = createContextKey("", { description: "real IP" });

/** For `connectNodeAdapter({ contextValues: peerContextValues })`: puts the peer's address where `realIp` finds it. */
export function peerContextValues(request: {
  socket: { remoteAddress?: string | undefined };
}): ContextValues {
  return createContextValues().set(peerAddressKey, request.socket.remoteAddress ?? "");
}

/** Finds the caller's address from that of the peer and the headers of the request; "" when the peer's is not known. */
export type AddressFinder = (peer: string, header: Headers) => string;

/**
 * Creates what `realIp` finds addresses with, for requests that are no RPCs. The list of a forwarding header is read from the
 * right, past the trusted proxies, to the first address that is not one: what stands left of it may be forged.
 *
 * @throws InterceptorError `invalid_options` when a network is not in CIDR notation.
 */
export function createAddressFinder(options: RealIpOptions = {}): AddressFinder {
  const networks = (options.trustedProxies ?? []).map(parseNetwork);
  const names = options.headers ?? ["x-forwarded-for", "x-real-ip"];
  const isTrusted = (address: Address): boolean =>
    networks.some(([network, bits]) => network.kind() === address.kind() && address.match(network, bits));

  return (peerText, headers) => {
    const peer = parse(peerText);
    if (peer === undefined) {
      return "";
    }
    let found = peer;
    if (isTrusted(peer)) {
      const header = names.map((name) => headers.get(name)).find((value) => value !== null);
      for (const part of (header ?? "").split(",").reverse()) {
        const address = parse(part.trim());
        if (address === undefined) {
          break;
        }
        found = address;
        if (!isTrusted(address)) {
          break;
        }
      }
    }
    return found.toString();
  };
}

/**
 * Server interceptor: finds the caller's address behind proxies, as `createAddressFinder` does, and puts it in the context values
 * under `realIpKey`.
 *
 * @throws InterceptorError `invalid_options` when a network is not in CIDR notation.
 */
export function realIp(options: RealIpOptions = {}): Interceptor {
  const find = createAddressFinder(options);
  return (next) => (request) => {
    const found = find(request.contextValues.get(peerAddressKey), request.header);
    if (found !== "") {
      request.contextValues.set(realIpKey, found);
    }
    return next(request);
  };
}

type Address = ipaddr.IPv4 | ipaddr.IPv6;

/** An address, with or without a port; an IPv4 address in IPv6 clothes is IPv4. */
function parse(text: string): Address | undefined {
  const bare = /^\[(.+)\](?::\d+)?$/.exec(text)?.[1] ?? /^(\d+\.\d+\.\d+\.\d+):\d+$/.exec(text)?.[1] ?? text;
  const isPlain = ipaddr.IPv4.isValidFourPartDecimal(bare) || ipaddr.IPv6.isValid(bare);
  return isPlain ? ipaddr.process(bare) : undefined;
}

function parseNetwork(cidr: string): [Address, number] {
  try {
    return ipaddr.parseCIDR(cidr);
  } catch (cause) {
    throw new InterceptorError(
      "invalid_options",
      `"${cidr}" is not a network in CIDR notation, such as 10.0.0.0/8`,
      { cause },
    );
  }
}
