import assert from 'node:assert/strict';
import { test } from 'node:test';
import { follow } from '../../src/net/abort.js';

test('a signal is aborted with the one that it follows, also where that was aborted before', () => {
  const control = new AbortController();
  const own = follow(control.signal);
  assert.equal(own.signal.aborted, false);
  control.abort();
  assert.equal(own.signal.aborted, true);
  assert.equal(follow(control.signal).signal.aborted, true);
});

test('stopping it does not stop the one that it follows, and after its release it follows no more', () => {
  const control = new AbortController();
  const stopped = follow(control.signal);
  const released = follow(control.signal);
  stopped.stop();
  released.release();
  assert.deepEqual([stopped.signal.aborted, control.signal.aborted], [true, false]);
  control.abort();
  assert.equal(released.signal.aborted, false);
});
