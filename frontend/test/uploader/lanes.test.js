import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Lanes } from '../../src/uploader/lanes.js';

const never = new AbortController().signal;
const turn = () => new Promise((resolve) => setTimeout(resolve, 1));

test('no more than the lanes run at once, and all run in the end, whatever fails', async () => {
  const lanes = new Lanes(5);
  let now = 0;
  let most = 0;
  const runs = Array.from({ length: 40 }, (_, index) =>
    lanes.run(never, async () => {
      most = Math.max(most, ++now);
      await turn();
      now -= 1;
      if (index % 7 === 0) throw new Error('broken');
      return index;
    }),
  );
  const ended = await Promise.allSettled(runs);
  assert.equal(most, 5);
  assert.equal(ended.filter((each) => each.status === 'fulfilled').length, 34);
  assert.equal(lanes.free, 5);
});

test('who is aborted in line leaves it and takes no lane', async () => {
  const lanes = new Lanes(1);
  const control = new AbortController();
  const first = lanes.run(never, turn);
  const second = lanes.run(control.signal, () => assert.fail('must not run'));
  control.abort();
  await assert.rejects(second, { name: 'AbortError' });
  await first;
  assert.equal(lanes.free, 1);
});
