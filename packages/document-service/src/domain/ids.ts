/**
 * Makes UUIDs of version 7 (RFC 9562, section 5.7): 48 bits of time, 12 bits that count within a millisecond (method 1 of
 * section 6.2), 62 random bits. Ids of one generator sort in the order in which they were made, also when the clock
 * goes back.
 */
export function createIds(now: () => number): () => string {
  let time = 0;
  let count = 0;
  return () => {
    const current = now();
    if (current > time) {
      time = current;
      count = 0;
    } else if (++count > 0xfff) {
      time++;
      count = 0;
    }
    const bytes = crypto.getRandomValues(new Uint8Array(16));
    const view = new DataView(bytes.buffer);
    view.setUint16(0, Math.floor(time / 2 ** 32));
    view.setUint32(2, time % 2 ** 32);
    view.setUint16(6, 0x7000 | count);
    view.setUint8(8, 0x80 | (view.getUint8(8) & 0x3f));
    const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
    return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
  };
}
