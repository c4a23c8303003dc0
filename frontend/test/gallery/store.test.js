import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Store } from '../../src/gallery/store.js';
import { joinHead } from '../../src/gallery/stretch.js';

const of = (...ids) => ids.map((id) => ({ id }));
const ids = (items) => items.map((item) => item.id).join('');
const answer = (items, next_cursor, ageMs = null) => ({ page: { items, next_cursor }, etag: null, ageMs });

test('a head that does not reach what is known leaves no hole: the rest is read when the person scrolls up', async () => {
  assert.equal(joinHead(of('x', 'y'), { items: of('a', 'b'), next_cursor: 'b' }), null);
  const heads = [answer(of('x', 'y'), null), answer(of('a', 'b'), 'b')];
  const store = new Store({ list: async () => heads.shift() });
  await store.loadOlder();
  await store.refresh(false);
  assert.equal(ids(store.items), 'xy');
  assert.equal(store.atStart, false);
  assert.equal(store.total, null);
});

test('pages follow the cursor to the end, also a page that holds nothing', async () => {
  const pages = { null: [of('a'), 'a'], a: [[], 'b'], b: [of('c'), null] };
  const store = new Store({ list: async ({ cursor }) => answer(...pages[cursor]) });
  await store.loadOlder();
  await store.loadOlder();
  assert.equal(store.total, null);
  await store.loadOlder();
  assert.equal(ids(store.items), 'ac');
  assert.equal(store.total, 2);
  assert.equal(store.indexOf('c'), 1);
  assert.equal(store.indexOf('b'), -1);
});

test('a failed page leaves what is there and can be asked for again', async () => {
  let works = false;
  const store = new Store({
    list: async () => {
      if (!works) throw new Error('down');
      return answer(of('a'), null);
    },
  });
  await store.loadOlder();
  assert.equal(store.phase, 'error');
  works = true;
  await store.loadOlder();
  assert.equal(store.phase, 'ready');
});

test('an answer that was under way neither brings back what was deleted nor takes away what was added', async () => {
  const store = new Store({ list: async () => answer(of('b', 'c'), null) });
  await store.loadOlder();
  store.insert({ id: 'a' });
  store.remove(['c']);
  await store.refresh(false);
  assert.equal(ids(store.items), 'ab');
  store.insert({ id: 'c' });
  await store.refresh(false);
  assert.equal(ids(store.items), 'abc');
});

test('when all that was on show far down is deleted, the newest ones come', async () => {
  const store = new Store({
    list: async ({ before }) => (before === 5 ? answer(of('z'), null) : answer(of('a'), null)),
  });
  await store.jump(5);
  store.remove(['z']);
  await store.refresh(true);
  assert.equal(ids(store.items), 'a');
  assert.equal(store.atStart, true);
});

test('the age that an answer states is remembered', async () => {
  const store = new Store({ list: async () => answer(of('b'), null, 300_000) });
  await store.loadOlder();
  assert.equal(store.ageMs, 300_000);
  assert.ok(Math.abs(Date.now() - 300_000 - store.asOf.getTime()) < 5_000);
});
