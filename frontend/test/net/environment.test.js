import assert from 'node:assert/strict';
import { test } from 'node:test';
import { browser, sleep } from '../../src/net/environment.js';

const never = new AbortController().signal;

test('a sleep that is aborted fails with an AbortError', async (context) => {
  context.mock.timers.enable({ apis: ['setTimeout'] });
  const control = new AbortController();
  const asleep = sleep(1000, control.signal);
  control.abort();
  await assert.rejects(asleep, { name: 'AbortError' });
});

test('a wait before the next try ends when the network comes back', async (context) => {
  context.mock.timers.enable({ apis: ['setTimeout'] });
  const window = new EventTarget();
  for (const name of ['addEventListener', 'removeEventListener']) globalThis[name] = window[name].bind(window);
  context.after(() => {
    delete globalThis.addEventListener;
    delete globalThis.removeEventListener;
  });
  const waits = Promise.all([browser.sleep(1000, never), browser.backOnline(never)]);
  window.dispatchEvent(new Event('online'));
  await waits;
});
