import assert from 'node:assert/strict';
import { test } from 'node:test';
import { backoff, retryAfterMs } from '../../src/net/backoff.js';

test('waits double, stay between half and whole, and end at 30 seconds', () => {
  assert.equal(
    backoff(0, () => 0),
    250,
  );
  assert.equal(
    backoff(0, () => 1),
    500,
  );
  assert.equal(
    backoff(3, () => 1),
    4000,
  );
  assert.equal(
    backoff(40, () => 1),
    30_000,
  );
});

test('what the server asks for is waited, with jitter, but no longer than two minutes', () => {
  assert.equal(
    backoff(0, () => 0, 7000),
    7000,
  );
  assert.equal(
    backoff(0, () => 1, 7000),
    7500,
  );
  assert.equal(
    backoff(0, () => 1, 9_000_000),
    120_000,
  );
});

test('Retry-After is read as seconds and as a date, and rubbish is ignored', () => {
  const now = Date.parse('2026-11-24T05:00:00Z');
  assert.equal(retryAfterMs('3', now), 3000);
  assert.equal(retryAfterMs('Tue, 24 Nov 2026 05:00:10 GMT', now), 10_000);
  assert.equal(retryAfterMs('Tue, 24 Nov 2026 04:00:00 GMT', now), 0);
  assert.equal(retryAfterMs('soon', now), null);
  assert.equal(retryAfterMs(null, now), null);
});
