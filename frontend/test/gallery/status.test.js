import assert from 'node:assert/strict';
import { test } from 'node:test';
import { noticeOf } from '../../src/gallery/status.js';

const items = 'abcdefgh'.split('').map((id) => ({ id }));

test('one notice at a time: offline before old; a list is old by its own age, or when nothing answers any more', () => {
  const now = 1_000_000;
  const store = { items, error: null, errorNewer: null, ageMs: 0, asOf: new Date(now - 200_000) };
  assert.equal(noticeOf(store, true, now), null);
  assert.match(noticeOf({ ...store, ageMs: 200_000 }, true, now).words, /as of/);
  assert.match(noticeOf({ ...store, error: new Error() }, true, now).words, /as of/);
  assert.equal(noticeOf({ ...store, error: new Error(), asOf: new Date(now - 20_000) }, true, now), null);
  assert.match(noticeOf({ ...store, ageMs: 200_000 }, false, now).words, /offline/);
  assert.equal(noticeOf({ ...store, items: [], ageMs: 200_000 }, true, now), null);
});
