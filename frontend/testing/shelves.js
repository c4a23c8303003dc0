/** The browser's database as the page sees it, in memory. `broken`: the browser refuses it. */
export function shelves({ broken = false } = {}) {
  const all = { tokens: new Map(), queue: new Map(), blobs: new Map() };
  const act = async (work) => {
    if (broken) throw new DOMException('not allowed', 'SecurityError');
    return work();
  };
  return {
    all,
    get: (shelf, key) => act(() => all[shelf].get(key)),
    put: (shelf, key, value) => act(() => void all[shelf].set(key, structuredClone(value))),
    remove: (shelf, key) => act(() => void all[shelf].delete(key)),
    keys: (shelf) => act(() => [...all[shelf].keys()].sort()),
    values: (shelf) => act(() => [...all[shelf].keys()].sort().map((key) => all[shelf].get(key))),
  };
}
