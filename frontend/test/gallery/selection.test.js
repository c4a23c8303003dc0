import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Selection } from '../../src/gallery/selection.js';

const items = 'abcdefgh'.split('').map((id) => ({ id }));
const chosen = (selection) =>
  selection
    .list()
    .map(({ id }) => id)
    .join('');

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
