/** The same deed for many things, a few at a time. It must not know the deed. */

const AT_ONCE = 4;

/**
 * Every answer or error, in the order of `items`; one that fails stops no other.
 * @template T, R @param {T[]} items @param {(item: T) => Promise<R>} deed @param {(done: number) => void} [onprogress]
 * @returns {Promise<PromiseSettledResult<R>[]>}
 */
export async function together(items, deed, onprogress = () => {}) {
  /** @type {PromiseSettledResult<R>[]} */
  const results = [];
  let next = 0;
  let done = 0;
  const work = async () => {
    while (next < items.length) {
      const at = next++;
      try {
        results[at] = { status: "fulfilled", value: await deed(items[at]) };
      } catch (reason) {
        results[at] = { status: "rejected", reason };
      }
      onprogress(++done);
    }
  };
  await Promise.all(Array.from({ length: Math.min(AT_ONCE, items.length) }, work));
  return results;
}
