/** Options of `requestId`. */
export interface RequestIdOptions {
  /** The header. Default "x-request-id". */
  header?: string;
  /** Makes an id. Default: 128 random bits in hex. */
  generate?: () => string;
  /**
   * Whether to use the id of an incoming call. Ids longer than 128 characters, or with others than letters, digits and
   * `._:-`, are never used. Default true.
   */
  trustIncoming?: boolean;
}
