import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Row } from '../../src/viewer/row.js';

const of = (...ids) => ids.map((id) => ({ id }));

test('a picture keeps its number while others come to be known before and behind it', () => {
  const row = new Row(of('d', 'e'), false);
  const number = row.numberOf('e');
  row.grow(of('b', 'c', 'd', 'e', 'f'), true);
  assert.equal(row.numberOf('e'), number);
  assert.equal(row.at(number - 3).id, 'b');
  assert.equal(row.at(number + 1).id, 'f');
  assert.equal(row.first, row.numberOf('b'));
  assert.equal(row.end, row.numberOf('f') + 1);
});

test('at the very start numbers begin with zero, and what is newer still waits', () => {
  const row = new Row(of('d', 'e'), true);
  row.grow(of('c', 'd', 'e', 'f'), true);
  assert.equal(row.numberOf('d'), 0);
  assert.equal(row.numberOf('c'), -1);
  assert.equal(row.end, 3);
});

test('behind a picture that is gone the others move up, and it does not come back', () => {
  const row = new Row(of('a', 'b', 'c'), true);
  row.remove('b');
  assert.equal(row.at(1).id, 'c');
  assert.equal(row.end, 2);
});
