import assert from 'node:assert/strict';
import { test } from 'node:test';
import { KEPT, Store } from '../../src/gallery/store.js';
import { fakeCatalog } from '../../testing/fake-catalog.js';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const start = Date.UTC(2026, 5, 15, 12);
const ids = (items) => items.map((item) => item.id);

async function climb(source, from) {
  const store = new Store(source, source.timeline);
  await store.jump(from);
  assert.equal(store.atStart, false);
  for (let rounds = 0; !store.atStart; rounds += 1) {
    assert.ok(rounds < 200, 'never arrives');
    await store.loadNewer();
    assert.equal(store.errorNewer, null);
  }
  while (!store.atEnd) await store.loadOlder();
  return store;
}

const histories = {
  'one picture an hour': Array.from({ length: 3000 }, (_, i) => start - i * HOUR),
  'days of hundreds between months of nothing': Array.from(
    { length: 2000 },
    (_, i) => start - Math.floor(i / 400) * 70 * DAY - (i % 400) * 900,
  ),
  'hundreds in the same millisecond': Array.from({ length: 900 }, (_, i) => start - Math.floor(i / 300) * 5),
  'a crowd right above one that stood alone': [...Array.from({ length: 1500 }, (_, i) => start - i), start - 40 * DAY],
};
for (const [name, times] of Object.entries(histories)) {
  test(`scrolling up from the oldest meets every picture once: ${name}`, async () => {
    const source = fakeCatalog(times);
    const store = await climb(source, times.at(-1));
    assert.deepEqual(ids(store.items), ids(source.items));
    assert.equal(store.total, times.length);
    assert.ok(source.asked.length < 110, `${source.asked.length} requests`);
  });
}

test('after a jump both ways lead on without a hole', async () => {
  const times = Array.from({ length: 2000 }, (_, i) => start - i * HOUR);
  const source = fakeCatalog(times);
  const store = new Store(source, source.timeline);
  await store.loadOlder();
  assert.equal(await store.jump(times[1000]), 0);
  assert.equal(store.items[0].id, source.items[1000].id);
  assert.equal(store.total, null);
  await store.loadNewer();
  await store.loadOlder();
  const [first] = store.items;
  const from = source.items.findIndex((item) => item.id === first.id);
  assert.ok(from < 1000);
  assert.deepEqual(ids(store.items), ids(source.items).slice(from, from + store.items.length));
  const asked = source.asked.length;
  assert.equal(store.items[await store.jump(times[1010])].id, source.items[1010].id);
  assert.equal(source.asked.length, asked, 'what is known is not asked for again');
});

test('a page that was under way when the person jumped is not mixed in', async () => {
  const source = fakeCatalog(Array.from({ length: 500 }, (_, i) => start - i * DAY));
  let release;
  const held = new Promise((resolve) => (release = resolve));
  const slow = { list: async (query) => (query.cursor ? held.then(() => source.list(query)) : source.list(query)) };
  const store = new Store(slow, source.timeline);
  await store.loadOlder();
  const late = store.loadOlder();
  await store.jump(start - 300 * DAY);
  release();
  await late;
  assert.equal(store.items[0].id, source.items[300].id);
  assert.equal(store.items.length, 120);
});

test('what is far away is let go of at either end, and comes back', async () => {
  const times = Array.from({ length: KEPT + 700 }, (_, i) => start - i * 60_000);
  const source = fakeCatalog(times);
  const store = new Store(source, source.timeline);
  while (!store.atEnd) await store.loadOlder();
  assert.equal(store.items.length, KEPT);
  assert.equal(store.newerCount, 700);
  assert.equal(store.total, times.length);
  while (!store.atStart) await store.loadNewer();
  assert.equal(store.items.length, KEPT);
  assert.equal(store.items[0].id, source.items[0].id);
  assert.equal(store.atEnd, false);
  await store.loadOlder();
  assert.equal(store.items.at(-1).id, source.items[store.newerCount + store.items.length - 1].id);
});

test('what is published elsewhere does not open a hole in a stretch that lies deeper', async () => {
  const source = fakeCatalog(Array.from({ length: 400 }, (_, i) => start - i * DAY));
  const store = new Store(source, source.timeline);
  await store.jump(start - 200 * DAY);
  store.insert({ id: '0', uploaded_at: new Date(start + DAY).toISOString() });
  assert.equal(store.items[0].id, source.items[200].id);
  await store.refresh(true);
  assert.equal(store.items[0].id, source.items[200].id);
});
