/** Numbers that a seed decides, so that a run can be made again. */
export interface Random {
  /** From 0 up to 1. */
  next(): number;
  /** A whole number from `least` to `most`. */
  integer(least: number, most: number): number;
  pick<T>(of: readonly T[]): T;
  bytes(length: number): Uint8Array;
  /** Another generator, which this one seeds. */
  fork(): Random;
}

/** Mulberry32: enough for tests, good for nothing secret. */
export function createRandom(seed: number): Random {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const integer = (least: number, most: number): number => least + Math.floor(next() * (most - least + 1));
  return {
    next,
    integer,
    pick: (of) => of[integer(0, of.length - 1)] as (typeof of)[number],
    bytes: (length) => Uint8Array.from({ length }, () => integer(0, 255)),
    fork: () => createRandom(integer(0, 2 ** 31)),
  };
}
