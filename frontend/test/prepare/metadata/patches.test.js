import assert from 'node:assert/strict';
import { test } from 'node:test';
import { flatten, patched } from '../../../src/prepare/metadata/patches.js';

const FILE = new Blob([Buffer.alloc(3_000_000, 'abcdefgh')]);
const bytesOf = async (blob) => Buffer.from(await blob.arrayBuffer());
const patch = (at, words) => ({ at, length: words.length, bytes: Buffer.from(words) });

test('patches lie over the file, the later ones on top', async () => {
  const patches = [
    patch(5, 'FIRST'),
    { at: 9, length: 3, bytes: null },
    patch(2_000_000, 'SECOND'),
    patch(7, '!'),
    { at: 10_000, length: 1_500_000, bytes: null },
  ];
  const out = await bytesOf(await patched(FILE, flatten(patches), 'image/jpeg'));
  const expected = await bytesOf(FILE);
  expected.write('FI!S\0\0\0', 5);
  expected.write('SECOND', 2_000_000);
  expected.fill(0, 10_000, 1_510_000);
  assert.ok(out.equals(expected));
});

test('a patch may have another length than what it replaces', async () => {
  for (const at of [3, 5000]) {
    const longer = { at, length: 2, bytes: Buffer.from('longer') };
    const out = await bytesOf(await patched(FILE, flatten([longer, patch(at + 100, 'X')]), 'image/png'));
    assert.equal(out.length, FILE.size + 4);
    assert.equal(out.toString('latin1', at, at + 6), 'longer');
    assert.equal(out.toString('latin1', at + 104, at + 105), 'X');
  }
});

test('the first part of the blob is never so short that Firefox sees no picture in it', async () => {
  const parts = [];
  const { Blob: Original } = globalThis;
  globalThis.Blob = class extends Original {
    constructor(list, options) {
      super(list, options);
      parts.push(list[0].size ?? list[0].length);
    }
  };
  try {
    for (const at of [2, 6, 4000, 4095, 4096]) await patched(FILE, [patch(at, 'PATCH')], 'image/jpeg');
  } finally {
    globalThis.Blob = Original;
  }
  assert.ok(parts.length === 5 && parts.every((length) => length >= 4096), `${parts}`);
});
