/**
 * Answers requests below /zip/ with a ZIP that the page is making, so that it goes straight to disk. Its scope is
 * /zip/, so it affects no other request. It asks the page for a chunk whenever the browser wants one.
 */
const waiting = new Map();

self.addEventListener('install', () => self.skipWaiting());

self.addEventListener('message', (event) => {
  const { kind, address, name } = event.data;
  // "alive" only has to arrive: browsers stop an idle worker.
  if (kind !== 'zip') return;
  const [port] = event.ports;
  waiting.set(new URL(address, self.location.origin).href, { port, name });
  port.postMessage('ready');
});

self.addEventListener('fetch', (event) => {
  const found = waiting.get(event.request.url);
  if (!found) return;
  waiting.delete(event.request.url);
  event.respondWith(answer(found));
});

function answer({ port, name }) {
  let give = () => undefined;
  let controller;
  port.onmessage = ({ data }) => {
    if (data.kind === 'chunk') controller.enqueue(data.bytes);
    else if (data.kind === 'end') controller.close();
    else controller.error(new Error('The page stopped.'));
    give();
  };
  const body = new ReadableStream({
    start: (own) => {
      controller = own;
    },
    pull: () =>
      new Promise((resolve) => {
        give = resolve;
        port.postMessage('more');
      }),
    cancel: () => port.postMessage('cancel'),
  });
  return new Response(body, {
    headers: {
      'content-type': 'application/zip',
      'content-disposition': `attachment; filename*=UTF-8''${encodeURIComponent(name)}`,
      'x-content-type-options': 'nosniff',
    },
  });
}
