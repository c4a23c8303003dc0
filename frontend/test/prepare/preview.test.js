import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import { LARGEST_IN_MEMORY } from '../../src/prepare/memory.js';
import { preview } from '../../src/prepare/preview.js';

const { createImageBitmap } = globalThis;
afterEach(() => {
  globalThis.createImageBitmap = createImageBitmap;
});

test('a file that would fill the memory is not decoded', async () => {
  const asked = [];
  globalThis.createImageBitmap = async (blob) => {
    asked.push(blob.size);
    throw new Error('not decoded');
  };
  assert.equal(await preview({ size: LARGEST_IN_MEMORY }), null);
  assert.equal(await preview({ size: LARGEST_IN_MEMORY + 1 }), null);
  assert.deepEqual(asked, [LARGEST_IN_MEMORY]);
});
