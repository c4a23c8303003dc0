import assert from 'node:assert/strict';
import { test } from 'node:test';
import { layout } from '../../src/gallery/layout.js';
import { target } from '../../src/gallery/moves.js';

/** Of one month. */
const days = (starts) => ({ starts, apart: [] });

test('up and down lead to the nearest tile of the next row, also across days and rows that are not full', () => {
  // Two rows of three, then a day with a single one.
  const laid = layout(Float64Array.of(1, 1, 1, 1, 1, 1, 1), days([0, 6]), {
    width: 300,
    target: 100,
    gap: 0,
    heading: 20,
    least: 176,
  });
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
