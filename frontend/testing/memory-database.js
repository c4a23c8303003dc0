/** An in-memory version of the browser's database. `broken`: the browser refuses every call. */
export function memoryDatabase({ broken = false } = {}) {
  const all = { tokens: new Map(), queue: new Map(), blobs: new Map(), removals: new Map() };
  const act = async (work) => {
    if (broken) throw new DOMException('not allowed', 'SecurityError');
    return work();
  };
  return {
    all,
    get: (store, key) => act(() => all[store].get(key)),
    put: (store, key, value) => act(() => void all[store].set(key, structuredClone(value))),
    remove: (store, key) => act(() => void all[store].delete(key)),
    keys: (store) => act(() => [...all[store].keys()].sort()),
    values: (store) => act(() => [...all[store].keys()].sort().map((key) => all[store].get(key))),
  };
}
