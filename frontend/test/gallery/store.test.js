import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Store, joinHead, merged } from '../../src/gallery/store.js';

const of = (...ids) => ids.map((id) => ({ id }));
const ids = (items) => items.map((item) => item.id).join('');

test('merging keeps the order and holds each picture once', () => {
  assert.equal(ids(merged(of('b', 'd'), of('c', 'a', 'd'))), 'abcd');
  assert.equal(ids(merged([], of('b', 'a'))), 'ab');
});

test('a fresh head adds what is new and removes what is gone, and leaves older pages alone', () => {
  const head = { items: of('a', 'c'), next_cursor: 'c' };
  assert.equal(ids(joinHead(of('b', 'c', 'd', 'e'), head)), 'acde');
});

test('a head that does not reach what is known makes the list begin anew instead of leaving a hole', () => {
  assert.equal(joinHead(of('x', 'y'), { items: of('a', 'b'), next_cursor: 'b' }), null);
});

test('pages follow the cursor to the end, also a page that holds nothing', async () => {
  const pages = { null: [of('a'), 'a'], a: [[], 'b'], b: [of('c'), null] };
  const store = new Store({
    list: async ({ cursor }) => ({ page: { items: pages[cursor][0], next_cursor: pages[cursor][1] }, etag: null, asOf: null }),
  });
  await store.more();
  await store.more();
  await store.more();
  assert.equal(ids(store.items), 'ac');
  assert.equal(store.complete, true);
  assert.equal(store.indexOf('c'), 1);
  assert.equal(store.indexOf('b'), -1);
});

test('a failed page leaves what is there and can be asked for again', async () => {
  let works = false;
  const store = new Store({
    list: async () => {
      if (!works) throw new Error('down');
      return { page: { items: of('a'), next_cursor: null }, etag: null, asOf: null };
    },
  });
  await store.more();
  assert.equal(store.phase, 'error');
  works = true;
  await store.more();
  assert.equal(store.phase, 'ready');
});
