import assert from 'node:assert/strict';
import { test } from 'node:test';
import { layout } from '../../src/gallery/layout.js';
import { target } from '../../src/gallery/moves.js';
import { Selection } from '../../src/gallery/selection.js';
import { noticeOf } from '../../src/gallery/status.js';

const items = 'abcdefgh'.split('').map((id) => ({ id }));
const chosen = (selection) => selection.list().map(({ id }) => id).join('');

/** Of one month. */
const days = (starts) => ({ starts, apart: [] });

test('a range runs from the last one chosen to this one, in either direction', () => {
  const selection = new Selection();
  selection.toggle(items[4]);
  selection.extend(items, items[6]);
  assert.equal(chosen(selection), 'efg');
  selection.extend(items, items[2]);
  assert.equal(chosen(selection), 'cdefg');
});

test('what is gone is chosen no more, and with the last one choosing ends', () => {
  const selection = new Selection();
  selection.start();
  assert.equal(selection.active, true);
  selection.add(items.slice(0, 2));
  selection.drop(['a', 'z']);
  assert.equal(chosen(selection), 'b');
  selection.drop(['b']);
  assert.equal(selection.active, false);
});

test('up and down lead to the nearest tile of the next row, also across days and rows that are not full', () => {
  // Two rows of three, then a day with a single one.
  const laid = layout(Float64Array.of(1, 1, 1, 1, 1, 1, 1), days([0, 6]), { width: 300, target: 100, gap: 0, heading: 20, least: 176 });
  assert.equal(target(laid, 1, 'ArrowDown', 0), 4);
  assert.equal(target(laid, 5, 'ArrowDown', 0), 6);
  assert.equal(target(laid, 6, 'ArrowUp', 0), 3);
  assert.equal(target(laid, 4, 'ArrowUp', 0), 1);
  assert.equal(target(laid, 1, 'PageDown', 150), 4);
  assert.equal(target(laid, 1, 'PageDown', 500), 6);
  assert.equal(target(laid, 6, 'PageUp', 500), 0);
});

test('moves that lead out of what is laid out say so', () => {
  const laid = layout(Float64Array.of(1, 1), days([0]), { width: 300, target: 100, gap: 0, heading: 20, least: 176 });
  assert.equal(target(laid, 1, 'ArrowRight', 0), 2);
  assert.equal(target(laid, 0, 'ArrowLeft', 0), -1);
  assert.equal(target(laid, 0, 'ArrowDown', 0), 2);
  assert.equal(target(laid, 0, 'ArrowUp', 0), -1);
  assert.equal(target(laid, 0, 'x', 0), null);
});

test('one notice at a time: offline before old; a list is old by its own age, or when nothing answers any more', () => {
  const now = 1_000_000;
  const store = { items, error: null, errorAbove: null, ageMs: 0, asOf: new Date(now - 200_000) };
  assert.equal(noticeOf(store, true, now), null);
  assert.match(noticeOf({ ...store, ageMs: 200_000 }, true, now).words, /as of/);
  assert.match(noticeOf({ ...store, error: new Error() }, true, now).words, /as of/);
  assert.equal(noticeOf({ ...store, error: new Error(), asOf: new Date(now - 20_000) }, true, now), null);
  assert.match(noticeOf({ ...store, ageMs: 200_000 }, false, now).words, /offline/);
  assert.equal(noticeOf({ ...store, items: [], ageMs: 200_000 }, true, now), null);
});
