export type { ChallengeCase, EchoCallOptions, EchoOutcome, Peer, RpcKind } from "./cases/index.ts";
export {
  callEcho,
  challengeCases,
  expectedTexts,
  peerCases,
  peers,
  rpcKinds,
  startEchoServer,
} from "./cases/index.ts";
export type { TestClock, TestClockOptions } from "./clock/index.ts";
export { createRandom, createTestClock } from "./clock/index.ts";
export type { TestkitErrorCode } from "./errors.ts";
export { TestkitError } from "./errors.ts";
export type { StateWatcher } from "./events.ts";
export { createStateWatcher } from "./events.ts";
export type {
  IdentityProvider,
  IdentityProviderOptions,
  ProviderMode,
  SigningAlgorithm,
  TokenRequest,
  TokenSigner,
  TokenState,
  WrongAnswer,
} from "./identity-provider/index.ts";
export { createTokenSigner, startIdentityProvider } from "./identity-provider/index.ts";
export type { KeySetMode, KeySetServer } from "./key-set-server/index.ts";
export { startKeySetServer } from "./key-set-server/index.ts";
export type {
  Authorize,
  ConnectEchoServerOptions,
  Denial,
  EchoServer,
  EchoServerOptions,
  Protocol,
  ReceivedCall,
  ScriptedFailure,
  ScriptRun,
  ScriptRunner,
  TestTransport,
} from "./servers/index.ts";
export {
  bearerAuthorizer,
  createScriptRunner,
  echoRoutes,
  openTransport,
  startConnectEchoServer,
  startGrpcEchoServer,
} from "./servers/index.ts";
