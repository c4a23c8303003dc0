import assert from 'node:assert/strict';
import { afterEach, beforeEach, mock, test } from 'node:test';
import { SHOWN_MS, Slideshow } from '../../src/viewer/slideshow.js';

let index = 0;
/** @type {('ready' | 'wait' | 'end')[]} */
let states = [];
let locks = 0;
/** @type {boolean[]} */
let said = [];
/** @type {EventTarget & { hidden?: boolean }} */
let page;
/** @type {Slideshow} */
let show;

beforeEach(() => {
  mock.timers.enable({ apis: ['setTimeout'] });
  page = new EventTarget();
  page.hidden = false;
  Object.defineProperty(globalThis, 'document', { value: page, configurable: true });
  const request = async () => {
    locks += 1;
    return { release: async () => (locks -= 1) };
  };
  Object.defineProperty(globalThis, 'navigator', { value: { wakeLock: { request } }, configurable: true });
  [index, locks, said, states] = [0, 0, [], ['ready', 'ready', 'ready', 'end']];
  show = new Slideshow({
    index: () => index,
    next: (slideIndex) => states[slideIndex] ?? 'end',
    goTo: (slideIndex) => {
      index = slideIndex;
      show.moved();
    },
    onChange: (playing) => said.push(playing),
  });
});
afterEach(() => {
  show.stop();
  mock.timers.reset();
  Reflect.deleteProperty(globalThis, 'document');
  Reflect.deleteProperty(globalThis, 'navigator');
});
const settle = () => new Promise((resolve) => setImmediate(resolve));

test('it shows each picture for its time and ends with the last one', async () => {
  show.toggle();
  mock.timers.tick(SHOWN_MS - 1);
  assert.equal(index, 0);
  mock.timers.tick(1);
  assert.equal(index, 1);
  mock.timers.tick(SHOWN_MS);
  assert.equal(index, 2);
  assert.ok(show.playing);
  mock.timers.tick(SHOWN_MS);
  assert.equal(index, 2);
  assert.deepEqual(said, [true, false]);
});

test('it waits for the next picture, and then goes on at once', () => {
  states[1] = 'wait';
  show.toggle();
  mock.timers.tick(SHOWN_MS * 4);
  assert.equal(index, 0);
  states[1] = 'ready';
  show.proceed();
  assert.equal(index, 1);
  show.proceed();
  assert.equal(index, 1, 'each picture is shown for its time');
});

test('it ends when the person moves, when the page is hidden, and by its button', () => {
  const ways = [
    () => {
      index += 1;
      show.moved();
    },
    () => {
      page.hidden = true;
      page.dispatchEvent(new Event('visibilitychange'));
    },
    () => show.toggle(),
  ];
  for (const way of ways) {
    index = 0;
    page.hidden = false;
    show.toggle();
    assert.ok(show.playing);
    way();
    assert.ok(!show.playing);
    const then = index;
    mock.timers.tick(SHOWN_MS * 2);
    assert.equal(index, then);
  }
});

test('it does not begin at the last picture', () => {
  index = 2;
  show.toggle();
  assert.deepEqual(said, []);
});

test('the screen stays on while it plays, and only then', async () => {
  show.toggle();
  await settle();
  assert.equal(locks, 1);
  show.toggle();
  await settle();
  assert.equal(locks, 0);
  show.toggle();
  show.toggle();
  await settle();
  assert.equal(locks, 0, 'a lock that comes too late is given back');
  Object.defineProperty(globalThis, 'navigator', { value: {}, configurable: true });
  show.toggle();
  await settle();
  assert.ok(show.playing);
});
