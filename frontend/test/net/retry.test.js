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

/** A refusal of the service because the hour's budget is used up. */
const overBudget = (seconds) => new HttpError(429, { status: 429, retry_after: seconds }, seconds * 1000);

test('a used up budget is waited for as long as the service says, however often, and the wait is told', async () => {
  const { state, ...own } = environment();
  const told = [];
  let tries = 0;
  await retrying(
    own,
    never,
    async () => {
      tries += 1;
      if (tries <= 20) throw overBudget(1800);
      if (tries === 21) throw new HttpError(429, null, 1800_000);
      if (tries === 22) throw overBudget(7200);
    },
    (why, ms) => told.push([why, ms]),
  );
  const halfAnHour = ['budget', 1800_500];
  // Ten hours would be too long for a server that is only busy. The gateway's own 429 says nothing about the budget.
  assert.deepEqual(told, [...Array(20).fill(halfAnHour), ['busy', 120_000], ['budget', 3600_000]]);
  assert.deepEqual(
    state.sleeps,
    told.map(([, ms]) => ms),
  );
});

test('a full disk is not asked again: a person has to make space first', async () => {
  const { state, ...own } = environment();
  const full = new HttpError(507, { status: 507 }, null);
  await assert.rejects(
    retrying(own, never, async () => {
      throw full;
    }),
    full,
  );
  assert.deepEqual(state.sleeps, []);
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
