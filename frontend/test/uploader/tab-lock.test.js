import assert from 'node:assert/strict';
import { test } from 'node:test';
import { leaseLock, webLock } from '../../src/uploader/tab-lock.js';

const run = (works) => {
  for (const work of works) work();
};

const turn = () => new Promise((resolve) => setTimeout(resolve, 5));

/** localStorage of one browser and the clock of its pages. What one writes the others see a moment later. */
function browser() {
  const views = [];
  const clock = { now: 1_000_000 };
  const page = (id) => {
    const closing = [];
    const renewing = [];
    const seen = new Map(views[0]);
    views.push(seen);
    const write = (change) => {
      change(seen);
      setTimeout(() => views.forEach(change), 1);
    };
    const storage = {
      get length() {
        return seen.size;
      },
      key: (index) => [...seen.keys()][index] ?? null,
      getItem: (key) => seen.get(key) ?? null,
      setItem: (key, value) => write((map) => map.set(key, value)),
      removeItem: (key) => write((map) => map.delete(key)),
    };
    const owner = leaseLock(storage, id, {
      now: () => clock.now,
      random: () => 0,
      sleep: () => turn(),
      every: (_ms, work) => renewing.push(work),
      onClose: (work) => closing.push(work),
    });
    return { ...owner, close: () => run(closing), renew: () => run(renewing) };
  };
  return { clock, page };
}

/** Web Locks as far as they are used. */
function locks() {
  const held = new Map();
  return {
    async request(name, work) {
      while (held.has(name)) await held.get(name);
      const done = work();
      held.set(name, done);
      await done;
      held.delete(name);
    },
    query: async () => ({ held: [...held.keys()].map((name) => ({ name })) }),
  };
}

for (const [kind, make] of Object.entries({
  locks: () => {
    const manager = locks();
    return (id) => webLock(manager, id);
  },
  leases: () => browser().page,
})) {
  test(`${kind}: one page at a time, and the next when it is given back`, async () => {
    const page = make();
    const [one, two] = [page('one'), page('two')];
    const release = await one.acquire('queue');
    let second = false;
    const waiting = two.acquire('queue').then((end) => {
      second = true;
      return end;
    });
    await turn();
    await turn();
    assert.equal(second, false);
    release();
    (await waiting)();
    (await one.acquire('queue'))();
  });

  test(`${kind}: two that ask in the same moment do not both get it`, async () => {
    const page = make();
    let now = 0;
    let most = 0;
    await Promise.all(
      ['one', 'two', 'three'].map(async (id) => {
        const end = await page(id).acquire('queue');
        most = Math.max(most, ++now);
        await turn();
        now -= 1;
        end();
      }),
    );
    assert.equal(most, 1);
  });

  test(`${kind}: every open page is known`, async () => {
    const page = make();
    const [one] = [page('one'), page('two')];
    await turn();
    assert.deepEqual([...(await one.openTabs())].sort(), ['one', 'two']);
  });
}

test('leases: a page that closes gives back all; one that died loses all when its time is over', async () => {
  const { clock, page } = browser();
  const [one, two, three] = [page('one'), page('two'), page('three')];
  await one.acquire('queue');
  one.close();
  await two.acquire('queue');
  assert.deepEqual([...(await three.openTabs())].sort(), ['three', 'two']);
  clock.now += 80_000;
  three.renew();
  clock.now += 20_000;
  assert.deepEqual([...(await three.openTabs())], ['three']);
  (await three.acquire('queue'))();
});
