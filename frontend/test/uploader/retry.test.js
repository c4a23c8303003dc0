import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HttpError, NetworkError } from '../../src/uploader/errors.js';
import { retrying } from '../../src/uploader/retry.js';
import { Speed } from '../../src/uploader/speed.js';

const never = new AbortController().signal;

/** A clock that only moves when somebody sleeps. */
function world() {
  const state = { now: 0, online: true, sleeps: [], offline: 0 };
  return {
    state,
    now: () => state.now,
    random: () => 1,
    online: () => state.online,
    sleep: async (ms) => {
      state.sleeps.push(ms);
      state.now += ms;
    },
    backOnline: async () => {
      state.offline += 1;
      state.now += 24 * 3600_000;
      state.online = true;
    },
  };
}

test('waits double from half a second to half a minute, and are as long as Retry-After says where it does', async () => {
  const { state, ...own } = world();
  let tries = 0;
  await retrying(own, never, async () => {
    tries += 1;
    if (tries <= 8) throw new NetworkError('cut');
    if (tries === 9) throw new HttpError(429, null, 7000);
  });
  assert.deepEqual(state.sleeps, [500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000, 7500]);
});

test('a day without a network counts for nothing: it begins with short waits again and does not give up', async () => {
  const { state, ...own } = world();
  let tries = 0;
  await retrying(own, never, async () => {
    tries += 1;
    if (tries === 4) state.online = false;
    if (tries < 7) throw new NetworkError('cut');
  });
  assert.equal(state.offline, 1);
  assert.deepEqual(state.sleeps, [500, 1000, 2000, 500, 1000]);
});

test('a server that only ever says 500 is believed after some tries; 503 is waited for, but not for ever', async () => {
  const { state, ...own } = world();
  let tries = 0;
  await assert.rejects(retrying(own, never, async () => {
    tries += 1;
    throw new HttpError(500, null, null);
  }));
  assert.equal(tries, 8);
  state.now = 0;
  await assert.rejects(retrying(own, never, async () => {
    throw new HttpError(503, null, null);
  }));
  assert.ok(state.now > 3600_000 && state.now < 7 * 3600_000);
});

test('what no retry changes is not retried', async () => {
  const { state, ...own } = world();
  await assert.rejects(retrying(own, never, async () => {
    throw new HttpError(403, null, null);
  }));
  assert.deepEqual(state.sleeps, []);
});

test('speed and time left are told once they can be, over the last seconds, and never negative', () => {
  const speed = new Speed();
  speed.mark(0, 0);
  assert.equal(speed.secondsFor(100), null);
  for (let at = 500; at <= 20_000; at += 500) speed.mark(at, at < 10_000 ? at * 10 : 100_000 + (at - 10_000) * 2);
  assert.ok(Math.abs(speed.bytesPerSecond - 2000) < 1);
  assert.ok(Math.abs(speed.secondsFor(4000) - 2) < 0.01);
  speed.mark(21_000, 50_000);
  assert.equal(speed.bytesPerSecond, null);
});
