/** The ways to add pictures: drop, file chooser, folder, paste, camera. */
import { byId } from './dom.js';

/** @typedef {Map<File, FileSystemFileHandle>} Handles  open files again after a reload, if the browser supports it */

/**
 * @param {(files: File[], handles: Handles) => void} take
 */
export function watchIntake(take) {
  const overlay = byId('drop', HTMLDivElement);
  let depth = 0;
  /** @param {DragEvent} event */
  const hasFiles = (event) => event.dataTransfer?.types.includes('Files') ?? false;
  const hide = () => {
    depth = 0;
    overlay.hidden = true;
  };
  addEventListener('dragenter', (event) => {
    if (!hasFiles(event)) return;
    event.preventDefault();
    depth += 1;
    overlay.hidden = false;
  });
  addEventListener('dragover', (event) => {
    if (!hasFiles(event)) return;
    event.preventDefault();
    if (event.dataTransfer) event.dataTransfer.dropEffect = 'copy';
  });
  addEventListener('dragleave', (event) => {
    if (!hasFiles(event)) return;
    depth -= 1;
    if (depth <= 0) hide();
  });
  addEventListener('drop', (event) => {
    if (!hasFiles(event)) return;
    event.preventDefault();
    hide();
    if (event.dataTransfer) void dropped(event.dataTransfer).then(({ files, handles }) => take(files, handles));
  });
  addEventListener('paste', (event) => {
    if (event.target instanceof HTMLInputElement) return;
    const files = [...(event.clipboardData?.files ?? [])];
    if (files.length > 0) {
      event.preventDefault();
      take(files, new Map());
    }
  });
  const camera = byId('camera-button', HTMLButtonElement);
  camera.hidden = !matchMedia('(hover: none) and (pointer: coarse)').matches;
  camera.addEventListener('click', () => byId('camera-input', HTMLInputElement).click());
  byId('folder-button', HTMLButtonElement).addEventListener('click', () =>
    byId('folder-input', HTMLInputElement).click(),
  );
  for (const id of ['file-input', 'folder-input', 'camera-input']) {
    const input = byId(id, HTMLInputElement);
    input.addEventListener('change', () => {
      take(wanted([...(input.files ?? [])], id === 'folder-input'), new Map());
      // Reset the input, so that the same file can be chosen again.
      input.value = '';
    });
  }
}

export function openChooser() {
  byId('file-input', HTMLInputElement).click();
}

/** @param {DataTransfer} transfer @returns {Promise<{ files: File[], handles: Handles }>} */
async function dropped(transfer) {
  // The browser empties these lists when the event ends: read them before the first await.
  const items = [...transfer.items].filter((item) => item.kind === 'file');
  const entries = items.map((item) => item.webkitGetAsEntry());
  const plain = [...transfer.files];
  const promises = items.map((item) => /** @type {any} */ (item).getAsFileSystemHandle?.().catch(() => null) ?? null);
  if (!entries.some((entry) => entry?.isDirectory)) {
    const handles = await Promise.all(promises);
    return {
      files: plain,
      handles: new Map(plain.flatMap((file, index) => (handles[index] ? [[file, handles[index]]] : []))),
    };
  }
  /** @type {File[]} */
  const files = [];
  for (const entry of entries) if (entry) await walk(entry, files, false);
  return { files, handles: new Map() };
}

/** @param {FileSystemEntry} entry @param {File[]} files @param {boolean} inside */
async function walk(entry, files, inside) {
  if (entry.isFile) {
    const file = await new Promise((resolve) =>
      /** @type {FileSystemFileEntry} */ (entry).file(resolve, () => resolve(null)),
    );
    if (file) files.push(...wanted([file], inside));
    return;
  }
  const reader = /** @type {FileSystemDirectoryEntry} */ (entry).createReader();
  // Chromium returns at most 100 entries in one call: repeat until none are left.
  for (;;) {
    /** @type {FileSystemEntry[]} */
    const some = await new Promise((resolve) => reader.readEntries(resolve, () => resolve([])));
    if (some.length === 0) return;
    for (const each of some) await walk(each, files, true);
  }
}

/**
 * Skips other files in folders. A file that was chosen by hand is kept, so that the person gets an answer for it.
 *
 * @param {File[]} files
 * @param {boolean} fromFolder
 */
export function wanted(files, fromFolder) {
  if (!fromFolder) return files;
  return files.filter(
    (file) => !file.name.startsWith('.') && /\.(jpe?g|jfif|png|webp|gif|avif|heic|heif)$/i.test(file.name),
  );
}
