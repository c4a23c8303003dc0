import assert from 'node:assert/strict';
import { test } from 'node:test';
import { byDay } from '../../src/gallery/groups.js';
import { between, layout } from '../../src/gallery/layout.js';

const sizes = { width: 1200, target: 230, gap: 8, heading: 50, least: 176 };
/** The same rubbish every time. */
const ratios = (count) => Float64Array.from({ length: count }, (_, i) => 0.4 + ((i * 7919) % 1000) / 400);

/** Of one month. */
const days = (starts) => ({ starts, apart: [] });

test('every full row ends exactly at the right edge and no tile overlaps another', () => {
  const laid = layout(ratios(500), days([0, 130]), sizes);
  for (let i = 1; i < 500; i += 1) {
    if (laid.y[i] === laid.y[i - 1]) assert.equal(laid.x[i], laid.x[i - 1] + laid.w[i - 1] + 8);
    else {
      assert.equal(laid.x[i], 0);
      assert.ok(laid.y[i] >= laid.y[i - 1] + laid.h[i - 1]);
      if (i !== 130) assert.equal(laid.x[i - 1] + laid.w[i - 1], 1200);
    }
    assert.ok(laid.w[i] > 0 && laid.h[i] <= 231);
  }
  assert.equal(laid.y[130], laid.headings.y[1] + 50);
});

test('70,000 tiles take at most 10 ms of the processor', () => {
  /** Time of this process alone, milliseconds: what else the machine does counts for nothing. */
  const spent = () => {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1000;
  };
  const many = ratios(70_000);
  const times = Array.from({ length: 15 }, () => {
    const began = spent();
    layout(many, days([0]), sizes);
    return spent() - began;
  });
  assert.ok(Math.min(...times) <= 10, `${times} ms`);
});

test('what is in view is found at both ends and in the middle', () => {
  const laid = layout(ratios(1000), days([0]), sizes);
  assert.equal(between(laid, -100, 10)[0], 0);
  const [first, end] = between(laid, laid.height - 200, laid.height);
  assert.ok(first > 900 && end === 1000);
  assert.deepEqual(between(layout([], days([]), sizes), 0, 100), [0, 0]);
});

test('shapes of nothing and of the extreme still give tiles of a usable size', () => {
  const laid = layout([NaN, 0, 1000, 0.0001], days([0]), sizes);
  for (let i = 0; i < 4; i += 1) assert.ok(laid.w[i] >= 50 && laid.h[i] >= 50);
});

test('groups that fill no row share one, each below a header of its own that has room for its words', () => {
  // Four days of one, one of five, then two more small ones.
  const laid = layout(new Float64Array(11).fill(1), days([0, 1, 2, 3, 4, 9, 10]), sizes);
  const { headings } = laid;
  assert.deepEqual([...headings.x.slice(0, 4)], [0, 254, 508, 762]);
  assert.deepEqual([...headings.w.slice(0, 4)], [230, 230, 230, 230]);
  assert.deepEqual(new Set(laid.y.slice(0, 4)), new Set([50]));
  assert.deepEqual(laid.x.slice(0, 4), headings.x.slice(0, 4));
  assert.deepEqual([headings.x[4], headings.y[4], headings.w[4]], [0, 288, 1200]);
  assert.equal(laid.x[8] + laid.w[8], 1200);
  assert.deepEqual([...headings.y.slice(5)], [laid.y[8] + laid.h[8] + 8, laid.y[8] + laid.h[8] + 8]);
  assert.equal(laid.height, laid.y[10] + 230);
});

test('a narrow picture does not press the header of its day, and nothing reaches beyond the edge', () => {
  const laid = layout(new Float64Array(40).fill(0.5), days(Array.from({ length: 40 }, (_, i) => i)), sizes);
  for (let i = 0; i < 40; i += 1) {
    assert.ok(laid.headings.w[i] >= sizes.least);
    assert.ok(laid.headings.x[i] + laid.headings.w[i] <= sizes.width);
    assert.ok(i === 0 || laid.y[i] >= laid.y[i - 1]);
    if (i > 0 && laid.y[i] === laid.y[i - 1])
      assert.ok(laid.headings.x[i] >= laid.headings.x[i - 1] + laid.headings.w[i - 1]);
  }
});

test('a month begins a row, so what another month gains or loses moves nothing of it sideways', () => {
  const noon = (month, day) => ({ uploaded_at: new Date(2026, month, day, 12).toISOString() });
  const older = [
    ...Array.from({ length: 9 }, (_, i) => noon(4, 31 - 2 * i)),
    ...Array.from({ length: 9 }, (_, i) => noon(3, 30 - 2 * i)),
  ];
  const laidOf = (pictures) => layout(new Float64Array(pictures.length).fill(1.2), byDay(pictures), sizes);
  const before = laidOf([noon(5, 1), ...older]);
  const after = laidOf([noon(5, 2), noon(5, 1), ...older]);
  assert.deepEqual(after.x.slice(2), before.x.slice(1));
  assert.deepEqual(before.x.slice(1, 3), Float64Array.of(0, 300));
  assert.equal(before.x[10], 0);
  assert.deepEqual(byDay([noon(5, 1), { uploaded_at: new Date(2025, 5, 1, 12).toISOString() }]).apart, [true, true]);
});
