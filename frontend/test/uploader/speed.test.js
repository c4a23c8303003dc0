import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Speed } from '../../src/uploader/speed.js';

test('speed and time left are told once they can be, over the last seconds, and never negative', () => {
  const speed = new Speed();
  speed.mark(0, 0);
  assert.equal(speed.secondsFor(100), null);
  for (let at = 500; at <= 20_000; at += 500) speed.mark(at, at < 10_000 ? at * 10 : 100_000 + (at - 10_000) * 2);
  assert.ok(Math.abs(speed.bytesPerSecond - 2000) < 1);
  assert.ok(Math.abs(speed.secondsFor(4000) - 2) < 0.01);
  speed.mark(21_000, 50_000);
  assert.equal(speed.bytesPerSecond, null);
});
