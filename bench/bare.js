/**
 * Sends a file in parts as Vitrine's uploader does (hash, signature, PUT) and nothing more: no progress, no retries, no
 * saved state for a reload. Cancels the upload at the end.
 *
 * @param {File} file
 * @param {number} atOnce  parts in flight
 * @param {string[] | null} hashes  hashes of the parts, so that the page need not compute them
 * @returns {Promise<number>} milliseconds from the permission request to the last part's answer
 */
async function bare(file, atOnce, hashes) {
  const began = performance.now();
  const { uploads: [upload] } = await ask('POST', '/api/uploads', {
    body: { files: [{ filename: file.name, content_type: 'image/jpeg', size: file.size }] },
  });
  const { part_size: size, part_count: count } = upload.multipart;
  const sign = (uploadId, number, sha256) =>
    ask('POST', `/api/uploads/${upload.id}/parts`, {
      token: upload.token,
      body: { upload_id: uploadId, parts: [{ part_number: number, sha256 }] },
    });
  let next = 1;
  let opened = null;
  const send = async () => {
    while (next <= count) {
      const number = next++;
      const slice = file.slice((number - 1) * size, number * size);
      const sha256 = hashes ? hashes[number - 1] : base64(await crypto.subtle.digest('SHA-256', await slice.arrayBuffer()));
      const first = opened === null;
      const signed = first ? sign(undefined, number, sha256) : sign(await opened, number, sha256);
      if (first) opened = signed.then(({ upload_id: uploadId }) => uploadId);
      await put((await signed).parts[0], slice);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, send));
  const taken = performance.now() - began;
  await ask('DELETE', `/api/uploads/${upload.id}?upload_id=${encodeURIComponent(await opened)}`, { token: upload.token });
  return taken;
}

async function ask(method, path, { token, body }) {
  const headers = { 'content-type': 'application/json', ...(token && { authorization: `Bearer ${token}` }) };
  const answer = await fetch(path, { method, headers, body: body && JSON.stringify(body) });
  if (!answer.ok) throw new Error(`${path}: ${answer.status}`);
  return answer.status === 204 ? null : answer.json();
}

function put({ url, headers }, body) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open('PUT', url);
    for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value);
    request.onload = () => (request.status === 200 ? resolve() : reject(new Error(`PUT: ${request.status}`)));
    request.onerror = () => reject(new Error('PUT: no answer'));
    request.send(body);
  });
}

function base64(digest) {
  return btoa(String.fromCharCode(...new Uint8Array(digest)));
}
