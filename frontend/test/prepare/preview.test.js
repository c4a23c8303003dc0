import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import { IN_MEMORY } from '../../src/prepare/limits.js';
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
  assert.equal(await preview({ size: IN_MEMORY }), null);
  assert.equal(await preview({ size: IN_MEMORY + 1 }), null);
  assert.deepEqual(asked, [IN_MEMORY]);
});
