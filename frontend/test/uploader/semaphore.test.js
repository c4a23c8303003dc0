import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Semaphore } from '../../src/uploader/semaphore.js';

const never = new AbortController().signal;
const turn = () => new Promise((resolve) => setTimeout(resolve, 1));

test('no more than the limit run at once, and all run in the end, whatever fails', async () => {
  const semaphore = new Semaphore(5);
  let now = 0;
  let most = 0;
  const runs = Array.from({ length: 40 }, (_, index) =>
    semaphore.run(never, async () => {
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
  assert.equal(semaphore.free, 5);
});

test('work that is aborted while it waits never runs and takes no place', async () => {
  const semaphore = new Semaphore(1);
  const control = new AbortController();
  const first = semaphore.run(never, turn);
  const second = semaphore.run(control.signal, () => assert.fail('must not run'));
  control.abort();
  await assert.rejects(second, { name: 'AbortError' });
  await first;
  assert.equal(semaphore.free, 1);
});
