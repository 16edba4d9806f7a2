import type { DescMethod } from "@bufbuild/protobuf";
import { createHandlerContext, type HandlerContext } from "@connectrpc/connect";
import { EchoService } from "@wirehouse/proto-testkit/v1";
import { createTestClock, createTokenSigner, type TestClock, type TokenSigner } from "@wirehouse/testkit";
import {
  type JwtGate,
  type JwtGateOptions,
  jwtGate,
  localKeySet,
  type TokenClaims,
} from "../auth/server/index.ts";

export const issuer = "https://identity.example.com";
export const audience = "https://echo.example.com";

/** A gate with its own issuer, on a clock of the test. */
export interface GateFixture {
  readonly gate: JwtGate;
  readonly signer: TokenSigner;
  readonly clock: TestClock;
  /** A good token of an hour, but for what is said otherwise. A claim that is undefined is left out. */
  token(claims?: Record<string, unknown>, header?: Record<string, unknown>): string;
}

/** Creates a gate that accepts ES256 from one local key. */
export function createGate(
  options: Partial<JwtGateOptions> & { clock?: TestClock; signer?: TokenSigner } = {},
): GateFixture {
  const { clock = createTestClock(), signer = createTokenSigner(), ...rest } = options;
  const gate = jwtGate({
    issuer,
    audience,
    algorithms: ["ES256"],
    keys: localKeySet(signer.keySet),
    wallNow: clock.wallNow,
    sleep: clock.sleep,
    ...rest,
  });
  return {
    gate,
    signer,
    clock,
    token: (claims, header) => signer.sign(goodClaims(clock.wallNow(), claims), header),
  };
}

/** Claims that such a gate accepts, for an hour. */
export function goodClaims(wallNow: number, more: TokenClaims = {}): Record<string, unknown> {
  const seconds = Math.floor(wallNow / 1000);
  return {
    iss: issuer,
    aud: audience,
    sub: "ada",
    jti: "token-1",
    client_id: "app",
    iat: seconds,
    exp: seconds + 3600,
    ...more,
  };
}

/** A call as Connect gives it to the gate. */
export function callContext(
  authorization: string | undefined,
  method: DescMethod = EchoService.method.unaryEcho,
): HandlerContext {
  return createHandlerContext({
    service: method.parent,
    method,
    protocolName: "grpc",
    requestMethod: "POST",
    url: `http://127.0.0.1/${method.parent.typeName}/${method.name}`,
    requestHeader: authorization === undefined ? {} : { authorization },
  });
}
