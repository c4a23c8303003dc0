import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SlideList } from '../../src/viewer/slide-list.js';

const of = (...ids) => ids.map((id) => ({ id }));

test('a picture keeps its number while others come to be known before and behind it', () => {
  const list = new SlideList(of('d', 'e'), false);
  const slideIndex = list.slideIndexOf('e');
  list.grow(of('b', 'c', 'd', 'e', 'f'), true);
  assert.equal(list.slideIndexOf('e'), slideIndex);
  assert.equal(list.at(slideIndex - 3).id, 'b');
  assert.equal(list.at(slideIndex + 1).id, 'f');
  assert.equal(list.offset, list.slideIndexOf('b'));
  assert.equal(list.end, list.slideIndexOf('f') + 1);
});

test('at the very start numbers begin with zero, and what is newer still waits', () => {
  const list = new SlideList(of('d', 'e'), true);
  list.grow(of('c', 'd', 'e', 'f'), true);
  assert.equal(list.slideIndexOf('d'), 0);
  assert.equal(list.slideIndexOf('c'), -1);
  assert.equal(list.end, 3);
});

test('behind a picture that is gone the others move up, and it does not come back', () => {
  const list = new SlideList(of('a', 'b', 'c'), true);
  list.remove('b');
  assert.equal(list.at(1).id, 'c');
  assert.equal(list.end, 2);
});
