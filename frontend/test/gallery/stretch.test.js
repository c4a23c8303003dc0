import assert from 'node:assert/strict';
import { test } from 'node:test';
import { joinHead, merged, placeOfTime } from '../../src/gallery/stretch.js';

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

test('the newest picture that is not newer than a time is found', () => {
  const at = (...seconds) => seconds.map((second) => ({ uploaded_at: new Date(second * 1000).toISOString() }));
  assert.equal(placeOfTime(at(30, 20, 10), 25_000), 1);
  assert.equal(placeOfTime(at(30, 20, 10), 20_000), 1);
  assert.equal(placeOfTime(at(30, 20, 10), 5_000), 3);
});
