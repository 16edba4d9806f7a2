import { type Connection, codeOf } from "../harness/clients.ts";
import { expect } from "../harness/scenario.ts";

/** A call that may be sent more than once. */
export interface Repeatable {
  readonly name: string;
  /** Makes what the call needs, anew each time, and answers with the call. */
  make(connection: Connection): Promise<(connection: Connection) => Promise<unknown>>;
  /** What a copy may fail with beside the one that succeeds. Default: nothing. */
  readonly mayFailWith?: string;
}

const copies = 3;

/**
 * Sends each call three times at once, and again after `restart`: it must leave the same rows as one alone does. Answers
 * with how many calls were sent in vain.
 */
export async function sendTwice(
  repeatable: readonly Repeatable[],
  connection: Connection,
  countRows: () => Promise<number>,
  restart: () => Promise<unknown>,
): Promise<number> {
  const again: [string, (connection: Connection) => Promise<unknown>][] = [];
  let repeats = 0;
  for (const { name, make, mayFailWith } of repeatable) {
    const alone = await make(connection);
    const effect = await added(countRows, () => alone(connection));
    const call = await make(connection);
    const outcomes: string[] = [];
    const effectOfAll = await added(countRows, async () => {
      const sent = Array.from({ length: copies }, () => call(connection).then(() => "ok", codeOf));
      outcomes.push(...(await Promise.all(sent)));
    });
    expect(effectOfAll === effect, `${name}, sent ${copies} times at once, has one effect`, {
      effect,
      effectOfAll,
      outcomes,
    });
    const odd = outcomes.filter((code) => code !== "ok" && code !== mayFailWith);
    expect(outcomes.includes("ok") && odd.length === 0, `each copy of ${name} is answered`, outcomes);
    again.push([name, call]);
    repeats += copies - 1;
  }
  await restart();
  for (const [name, call] of again) {
    let failure = "";
    const effect = await added(countRows, () =>
      call(connection).catch((error: unknown) => (failure = String(error))),
    );
    expect(failure === "", `${name} can be repeated after a crash`, failure);
    expect(effect === 0, `${name}, repeated after a crash, has no further effect`, effect);
    repeats++;
  }
  return repeats;
}

async function added(countRows: () => Promise<number>, work: () => Promise<unknown>): Promise<number> {
  const before = await countRows();
  await work();
  return (await countRows()) - before;
}
