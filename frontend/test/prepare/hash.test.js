import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { sha256 } from '../../src/prepare/hash.js';

const insecure = /** @type {any} */ (null);

test('without crypto.subtle a blob has the hash that the platform computes, at every length around the block borders', async () => {
  for (const length of [0, 1, 55, 56, 57, 63, 64, 65, 119, 120, 121, 127, 128, 1000, 300_001]) {
    const bytes = randomBytes(length);
    const expected = createHash('sha256').update(bytes).digest('base64');
    assert.equal(await sha256(new Blob([bytes]), insecure), expected, `${length}`);
  }
});

test('with crypto.subtle a blob has the same hash', async () => {
  const blob = new Blob([randomBytes(300_001)]);
  assert.equal(await sha256(blob), await sha256(blob, insecure));
});
