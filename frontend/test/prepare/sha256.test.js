import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { base64, sha256 } from '../../src/prepare/hash.js';
import { Sha256 } from '../../src/prepare/sha256.js';

test('equals the platform hash at every length around the block borders, in pieces of any size', () => {
  for (const length of [0, 1, 55, 56, 57, 63, 64, 65, 119, 120, 121, 127, 128, 1000, 70_000]) {
    const bytes = randomBytes(length);
    const hash = new Sha256();
    for (let at = 0; at < length; at += 37) hash.update(bytes.subarray(at, at + 37));
    assert.equal(base64(hash.digest()), createHash('sha256').update(bytes).digest('base64'), `${length}`);
  }
});

test('without crypto.subtle a blob has the same hash as with it', async () => {
  const blob = new Blob([randomBytes(300_001)]);
  assert.equal(await sha256(blob, /** @type {any} */ (null)), await sha256(blob));
});
