export type { RealIpOptions } from "./options.ts";
export {
  type AddressFinder,
  createAddressFinder,
  peerAddressKey,
  peerContextValues,
  realIp,
  realIpKey,
} from "./real-ip.ts";
