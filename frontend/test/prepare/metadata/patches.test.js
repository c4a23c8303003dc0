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

/** @param {number} size  bytes @returns {Blob} that counts what is read, and holds no such bytes */
function endless(size, read) {
  return {
    size,
    slice: (from, to = size) => {
      const part = new Blob([new Uint8Array(Math.min(to - from, 10_000))]);
      part.arrayBuffer = async () => {
        read.push(to - from);
        return new ArrayBuffer(to - from);
      };
      return part;
    },
  };
}

test('a long erased range behind a short picture is not read', async () => {
  const read = [];
  const erased = { at: 2000, length: 20_000_000, bytes: null };
  await patched(endless(20_002_000, read), flatten([patch(5, 'X'), erased]), 'image/jpeg');
  assert.deepEqual(read, [4096]);
});

test('an erased range takes no memory, also where other patches lie in it', () => {
  const erased = { at: 5000, length: 2 ** 40, bytes: null };
  const flat = flatten([patch(4998, 'BEFORE'), erased, patch(2 ** 30, 'INSIDE'), patch(2 ** 30 + 2, '!')]);
  assert.deepEqual(
    flat.map(({ at, length, bytes }) => [at, length, bytes && Buffer.from(bytes).toString()]),
    [
      [4998, 2, 'BE'],
      [5000, 4, null],
      [5004, 2 ** 30 - 5004, null],
      [2 ** 30, 2, 'IN'],
      [2 ** 30 + 2, 1, '!'],
      [2 ** 30 + 3, 3, 'IDE'],
      [2 ** 30 + 6, 2 ** 40 + 5000 - 2 ** 30 - 6, null],
    ],
  );
});
