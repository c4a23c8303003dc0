import assert from 'node:assert/strict';
import { test } from 'node:test';
import { enforce, parseXml, rules } from '../src/trusted.js';
import { CLOSE, MARKUP } from '../src/viewer/icons.js';

const WORKER = '/assets/worker-1a2b3c.js';
const own = rules(MARKUP, [WORKER]);

test('the viewer’s own markup passes as it is', () => {
  for (const markup of MARKUP) assert.equal(own.createHTML(markup), markup);
  assert.ok(MARKUP.includes(CLOSE));
});

test('any other markup is refused, however near it is', () => {
  for (const markup of [
    '<b>x</b>',
    `${CLOSE}<script>x</script>`,
    CLOSE.replace('<svg', '<svg onload="x"'),
    ' ',
    'text',
  ])
    assert.equal(own.createHTML(markup), null);
});

test('XML passes only while the page itself parses it, and only as XML', () => {
  const seen = [];
  const parser = {
    parseFromString(text, type) {
      seen.push([own.createHTML(text), own.createHTML('<b>x</b>'), type]);
      if (text === '<bad') throw new Error('not XML');
    },
  };
  parseXml('<a/>', parser);
  assert.throws(() => parseXml('<bad', parser), /not XML/);
  assert.deepEqual(seen, [
    ['<a/>', null, 'application/xml'],
    ['<bad', null, 'application/xml'],
  ]);
  for (const text of ['<a/>', '<bad']) assert.equal(own.createHTML(text), null);
});

test('only our own workers start, by exactly our URL', () => {
  assert.equal(own.createScriptURL(WORKER), WORKER);
  for (const url of [`https://evil.example${WORKER}`, `${WORKER}?x`, '/zip/other.js', 'data:,x', 'blob:x', ''])
    assert.equal(own.createScriptURL(url), null);
});

test('the rules are the default policy, which has no way for a script in text, where the browser knows Trusted Types', (context) => {
  enforce(own);
  const createPolicy = context.mock.fn();
  globalThis.trustedTypes = { createPolicy };
  context.after(() => delete globalThis.trustedTypes);
  enforce(own);
  assert.deepEqual(
    createPolicy.mock.calls.map((call) => call.arguments),
    [['default', own]],
  );
  assert.deepEqual(Object.keys(own), ['createHTML', 'createScriptURL']);
});
