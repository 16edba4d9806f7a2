/** Options of `realIp`. */
export interface RealIpOptions {
  /**
   * The networks of your own proxies, in CIDR notation, for example `["10.0.0.0/8", "::1/128"]`. Their word about who called
   * is believed; nobody else's. Default none: the peer is the caller.
   */
  trustedProxies?: readonly string[];
  /** The headers to read, in this order; the first that is there counts. Default `["x-forwarded-for", "x-real-ip"]`. */
  headers?: readonly string[];
}
