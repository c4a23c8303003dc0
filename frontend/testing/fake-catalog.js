/**
 * An in-memory catalog that lists like the real one: newest first; `cursor` or `before` sets the start, `after` the
 * end.
 */

/** @param {number[]} times  milliseconds since 1970, newest first */
export function fakeCatalog(times) {
  const items = times.map((time, place) => ({
    id: idOf(time, place),
    uploaded_at: new Date(time).toISOString(),
    width: 4,
    height: 3,
  }));
  const asked = [];
  return {
    items,
    asked,
    timeline: async () => ({
      newest: items[0]?.uploaded_at ?? null,
      oldest: items.at(-1)?.uploaded_at ?? null,
      months: [...new Set(items.map((item) => item.uploaded_at.slice(0, 7)))],
    }),
    list: async (query) => {
      asked.push(query);
      const { limit = 60, cursor = null, before = null, after = null } = query;
      const from = items.filter(
        (item) => (cursor === null || item.id > cursor) && (before === null || Date.parse(item.uploaded_at) <= before),
      );
      const page = from.slice(0, limit);
      const kept = page.filter((item) => after === null || Date.parse(item.uploaded_at) >= after);
      const more = from.length > limit && kept.length === page.length && kept.length > 0;
      return { page: { items: kept, next_cursor: more ? kept.at(-1).id : null }, etag: null, ageMs: null };
    },
  };
}

/** Ids ascend as times get older, like the real ids. */
const idOf = (time, place) => `${String(4e12 - time).padStart(14, '0')}${String(place).padStart(7, '0')}`;
