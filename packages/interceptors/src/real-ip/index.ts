export type { RealIpOptions } from "./options.ts";
export { peerAddressKey, peerContextValues, realIp, realIpKey } from "./real-ip.ts";
