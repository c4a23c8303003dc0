import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HttpError, NetworkError } from '../../src/net/errors.js';
import { retrying } from '../../src/net/retry.js';

const never = new AbortController().signal;

/** A clock that only moves when somebody sleeps. */
function environment() {
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
  const { state, ...own } = environment();
  let tries = 0;
  await retrying(own, never, async () => {
    tries += 1;
    if (tries <= 8) throw new NetworkError('cut');
    if (tries === 9) throw new HttpError(429, null, 7000);
  });
  assert.deepEqual(state.sleeps, [500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000, 7500]);
});

test('a day without a network counts for nothing: it begins with short waits again and does not give up', async () => {
  const { state, ...own } = environment();
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
  const { state, ...own } = environment();
  let tries = 0;
  await assert.rejects(
    retrying(own, never, async () => {
      tries += 1;
      throw new HttpError(500, null, null);
    }),
  );
  assert.equal(tries, 8);
  state.now = 0;
  await assert.rejects(
    retrying(own, never, async () => {
      throw new HttpError(503, null, null);
    }),
  );
  assert.ok(state.now > 3600_000 && state.now < 7 * 3600_000);
});

test('what no retry changes is not retried', async () => {
  const { state, ...own } = environment();
  await assert.rejects(
    retrying(own, never, async () => {
      throw new HttpError(403, null, null);
    }),
  );
  assert.deepEqual(state.sleeps, []);
});
