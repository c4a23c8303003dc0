import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isStill } from '../../src/gallery/still.js';

/** @param {string} text  each character is a byte */
const bytes = (text) => Uint8Array.from(text, (char) => char.charCodeAt(0));
/** @param {string} flags */
const extended = (flags) => bytes(`RIFF\x80\0\0\0WEBPVP8X\x0a\0\0\0${flags}\0\0\0\x63\0\0\x4f\0\0`);

for (const [name, head] of [
  ['JPEG', bytes('\xff\xd8\xff\xe0')],
  ['lossy WebP', bytes('RIFF\x80\0\0\0WEBPVP8 \x80\0\0\0\x02\x02\x02\x02')],
  ['lossless WebP', bytes('RIFF\x80\0\0\0WEBPVP8L\x80\0\0\0\x2f\x02\x02\x02')],
  ['WebP with transparency and metadata', extended('\x3c')],
])
  test(`${name} is still`, () => assert.equal(isStill(head), true));

for (const [name, head] of [
  ['animated WebP', extended('\x02')],
  ['animated WebP with transparency', extended('\x12')],
  ['GIF', bytes('GIF89a\x01\0\x01\0')],
  ['PNG, which may be an APNG', bytes('\x89PNG\r\n\x1a\n\0\0\0\rIHDR')],
  ['AVIF', bytes('\0\0\0\x1cftypavif\0\0\0\0avifmif1')],
  ['AVIF sequence', bytes('\0\0\0\x1cftypavis\0\0\0\0avismsf1')],
  ['SVG', bytes('<svg xmlns="http://www.w3.org/2000/svg"/>')],
  ['nothing', bytes('')],
])
  test(`${name} is never shown in a tile`, () => assert.equal(isStill(head), false));
