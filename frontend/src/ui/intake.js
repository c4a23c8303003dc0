/** The ways for pictures to come in: drop anywhere, choose, folder, paste. */
import { byId } from './dom.js';

/**
 * @param {(files: File[]) => void} take
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
    if (event.dataTransfer) void dropped(event.dataTransfer).then(take);
  });
  addEventListener('paste', (event) => {
    if (event.target instanceof HTMLInputElement) return;
    const files = [...(event.clipboardData?.files ?? [])];
    if (files.length > 0) {
      event.preventDefault();
      take(files);
    }
  });
  for (const id of ['file-input', 'folder-input']) {
    const input = byId(id, HTMLInputElement);
    input.addEventListener('change', () => {
      take(wanted([...(input.files ?? [])], id === 'folder-input'));
      // The same file may be chosen again.
      input.value = '';
    });
  }
}

/** @param {boolean} folder */
export function openChooser(folder = false) {
  byId(folder ? 'folder-input' : 'file-input', HTMLInputElement).click();
}

/** @param {DataTransfer} transfer @returns {Promise<File[]>} */
async function dropped(transfer) {
  // Both lists are emptied as soon as the event is over: read them before the first await.
  const entries = [...transfer.items].map((item) => (item.kind === 'file' ? item.webkitGetAsEntry() : null));
  const plain = [...transfer.files];
  if (!entries.some((entry) => entry?.isDirectory)) return plain;
  /** @type {File[]} */
  const files = [];
  for (const entry of entries) if (entry) await walk(entry, files, false);
  return files;
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
  // Chromium gives at most 100 entries a call: ask until nothing comes.
  for (;;) {
    /** @type {FileSystemEntry[]} */
    const some = await new Promise((resolve) => reader.readEntries(resolve, () => resolve([])));
    if (some.length === 0) return;
    for (const each of some) await walk(each, files, true);
  }
}

/**
 * What lies beside pictures in folders is not meant; what was chosen by hand is, and gets an answer.
 *
 * @param {File[]} files
 * @param {boolean} fromFolder
 */
export function wanted(files, fromFolder) {
  if (!fromFolder) return files;
  return files.filter((file) => !file.name.startsWith('.') && /\.(jpe?g|jfif|png|webp|gif|avif|heic|heif)$/i.test(file.name));
}
