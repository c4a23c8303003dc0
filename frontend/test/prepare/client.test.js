import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { NetworkError, Refused } from '../../src/net/errors.js';
import { Preparer } from '../../src/prepare/client.js';

/** Workers in place of the browser's: they keep what they are given until the test says what comes of it. */
const started = [];
class Worker extends EventTarget {
  constructor(script) {
    super();
    this.script = script;
    started.push(this);
    this.messages = [];
  }

  postMessage(message) {
    this.messages.push(message);
  }

  answer(data) {
    this.dispatchEvent(new MessageEvent('message', { data }));
  }

  terminate() {
    this.ended = true;
  }
}
globalThis.Worker = Worker;
const never = new AbortController().signal;
const options = { keepAll: false, inParts: false };

beforeEach(() => started.splice(0));

test('a part is hashed while all workers are busy with pictures', async () => {
  const preparer = new Preparer('/worker.js');
  for (let i = 0; i < 5; i += 1) preparer.prepare(`picture ${i}`, options, never);
  const atWork = started.length;
  const hash = preparer.hash('part', never);
  assert.equal(started.length, atWork + 1);
  assert.ok(started.every(({ script }) => script === '/worker.js'));
  started.at(-1).answer({ made: 'its hash' });
  assert.equal(await hash, 'its hash');
});

test('jobs are taken in turn, and a job that is aborted while it waits is never begun', async () => {
  const preparer = new Preparer('/worker.js');
  const leave = new AbortController();
  const first = preparer.hash('first', never);
  const second = preparer.hash('second', leave.signal);
  const third = preparer.hash('third', never);
  leave.abort();
  await assert.rejects(second, { name: 'AbortError' });
  started[0].answer({ made: 1 });
  started[0].answer({ made: 3 });
  assert.deepEqual([await first, await third], [1, 3]);
  assert.deepEqual(started[0].messages, [{ blob: 'first' }, { blob: 'third' }]);
});

test('a job that is given up ends the worker that has it, and the next job gets a fresh one', async () => {
  const preparer = new Preparer('/worker.js');
  const leave = new AbortController();
  const first = preparer.hash('first', leave.signal);
  const second = preparer.hash('second', never);
  leave.abort();
  await assert.rejects(first, { name: 'AbortError' });
  assert.ok(started[0].ended);
  assert.deepEqual(started[0].messages, [{ blob: 'first' }]);
  started[1].answer({ made: 'second' });
  assert.equal(await second, 'second');
});

test('giving up many jobs at once starts no worker for those that wait', async () => {
  const preparer = new Preparer('/worker.js');
  const leave = new AbortController();
  const jobs = Array.from({ length: 9 }, (_, i) => preparer.hash(`part ${i}`, leave.signal));
  leave.abort();
  for (const job of jobs) await assert.rejects(job, { name: 'AbortError' });
  assert.deepEqual(
    started.map(({ ended }) => ended),
    [true],
  );
});

test('a worker that dies takes one job with it: a picture is unreadable, a part is tried again', async () => {
  const preparer = new Preparer('/worker.js');
  const lost = preparer.hash('first', never);
  const next = preparer.hash('second', never);
  started[0].dispatchEvent(new Event('error'));
  await assert.rejects(lost, NetworkError);
  assert.ok(started[0].ended);
  started[1].answer({ made: 'second' });
  assert.equal(await next, 'second');
  const picture = preparer.prepare('picture', options, never);
  started[2].dispatchEvent(new Event('error'));
  await assert.rejects(picture, (error) => error instanceof Refused && error.reason === 'error.unreadable');
});

test('what the worker refuses is refused in its words', async () => {
  const hash = new Preparer('/worker.js').hash('gone', never);
  started[0].answer({ refused: 'error.unreadable', detail: 'NotFoundError' });
  await assert.rejects(hash, { reason: 'error.unreadable', detail: 'NotFoundError' });
});
