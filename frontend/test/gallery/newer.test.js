import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ceiling, guess, monthEnd } from '../../src/gallery/newer.js';
import { fakeCatalog } from '../../testing/fake-catalog.js';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const start = Date.UTC(2026, 5, 15, 12);

test('where to look is guessed from how close pictures follow each other, and empty months are skipped', () => {
  assert.equal(guess([{ uploaded_at: new Date(start).toISOString() }]), DAY);
  assert.equal(guess(fakeCatalog([start, start - HOUR]).items), 120 * HOUR);
  const months = { newest: '2026-06-15T12:00:00Z', oldest: null, months: ['2026-06', '2026-02', '2024-01'] };
  assert.equal(ceiling(Date.UTC(2024, 0, 10), 90 * DAY, months), monthEnd('2026-02'));
  assert.equal(ceiling(Date.UTC(2024, 0, 10), DAY, months), Date.UTC(2024, 0, 11));
  assert.equal(ceiling(Date.UTC(2026, 1, 10), 90 * DAY, months), start);
  assert.equal(ceiling(Date.UTC(2026, 5, 10), 90 * DAY, months), null);
});
