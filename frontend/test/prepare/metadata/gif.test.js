import assert from 'node:assert/strict';
import { test } from 'node:test';
import { clean, join, text, xmp } from '../../../testing/pictures.js';

const HEAD = join(text('GIF89a'), [1, 0, 1, 0, 0, 0, 0]);
const LOOP = join([0x21, 0xff, 11], text('NETSCAPE2.0'), [3, 1, 0, 0, 0]);
const FRAME = [0x2c, 0, 0, 0, 0, 1, 0, 1, 0, 0, 2, 2, 0x4c, 1, 0];
const comment = (words) => join([0x21, 0xfe, words.length], text(words), [0]);
const gif = (...parts) => join(HEAD, LOOP, ...parts, FRAME, [0x3b]);
const MAGIC = Buffer.from([1, ...Array.from({ length: 256 }, (_, i) => 255 - i), 0]);
const cleaned = (...parts) => clean(gif(...parts), 'image/gif');

test('XMP is blanked with spaces, so that its bytes can still be read as lengths', async () => {
  const packet = Buffer.from(
    xmp('xmlns:p="http://ns.adobe.com/photoshop/1.0/" p:City="Paris" p:Credit="Ana"').replace('\uFEFF', ''),
  );
  const block = join([0x21, 0xff, 11], text('XMP DataXMP'), packet, MAGIC);
  const before = gif(block);
  const { out, removed } = await cleaned(block);
  assert.deepEqual(removed, ['location']);
  assert.equal(out.toString('latin1'), before.toString('latin1').replace('p:City="Paris"', ' '.repeat(14)));
});

test('comments go only with coordinates; the loop and the frames stay', async () => {
  assert.equal((await cleaned(comment('made with GIMP'))).location, 'clean');
  const { out } = await cleaned(comment('48.85837, 2.294481'));
  assert.ok(out.equals(gif(comment(' '.repeat(18)))));
});

test('a file that is cut, or has an unknown block, is asked about', async () => {
  assert.equal((await clean(gif().subarray(0, 40), 'image/gif')).location, 'unknown');
  assert.equal((await cleaned([0x55])).location, 'unknown');
});
