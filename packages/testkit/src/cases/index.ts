export type { ChallengeCase } from "./challenges.ts";
export { challengeCases } from "./challenges.ts";
export type { EchoCallOptions, EchoOutcome, RpcKind } from "./echo-call.ts";
export { callEcho, expectedTexts } from "./echo-call.ts";
export type { Peer } from "./peers.ts";
export { peerCases, peers, rpcKinds, startEchoServer } from "./peers.ts";
