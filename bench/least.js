/**
 * The least with which a page can send a file in parts by this API: hash, signature, PUT, as many at once as Vitrine's uploader
 * has under way. No progress, no second try, nothing kept for a reload. What it costs is Chromium's price, not the uploader's.
 */
async function least(file, atOnce) {
  const began = performance.now();
  const { uploads: [upload] } = await ask('/api/uploads', {
    files: [{ filename: file.name, content_type: 'image/jpeg', size: file.size }],
  });
  const { part_size: size, part_count: count } = upload.multipart;
  let next = 1;
  /** @type {Promise<string> | null} */
  let opened = null;
  const send = async () => {
    while (next <= count) {
      const number = next++;
      const slice = file.slice((number - 1) * size, number * size);
      const sha256 = base64(await crypto.subtle.digest('SHA-256', await slice.arrayBuffer()));
      const sign = (uploadId) =>
        ask(`/api/uploads/${upload.id}/parts`, { upload_id: uploadId, parts: [{ part_number: number, sha256 }] }, upload.token);
      const first = opened === null;
      const answer = first ? sign(undefined) : sign(await opened);
      if (first) opened = answer.then(({ upload_id: uploadId }) => uploadId);
      await put((await answer).parts[0], slice);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, send));
  return performance.now() - began;
}

async function ask(path, body, token) {
  const headers = { 'content-type': 'application/json', ...(token && { authorization: `Bearer ${token}` }) };
  const answer = await fetch(path, { method: 'POST', headers, body: JSON.stringify(body) });
  if (!answer.ok) throw new Error(`${path}: ${answer.status}`);
  return answer.json();
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
