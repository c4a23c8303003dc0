/** Makes file names for use in a ZIP. Pure. */

/** Characters that Windows forbids in names (Microsoft, "Naming Files, Paths, and Namespaces"). */
const NOT_ON_WINDOWS = /[<>:"|?*]/g;
const DEVICE = /^(CON|PRN|AUX|NUL|CONIN\$|CONOUT\$|(COM|LPT)[0-9¹²³])$/i;

/**
 * Makes a name that Windows can save too. The download service does the same (services/common/domain/filenames.py).
 * @param {string} name
 * @returns {string}
 */
export function windowsSafeName(name) {
  const safe = name.replace(NOT_ON_WINDOWS, '_');
  const [stem = ''] = safe.split('.');
  return DEVICE.test(stem.trim()) ? `_${safe}` : safe;
}

/**
 * @param {string[]} names  may contain duplicates
 * @returns {string[]} safe and unique names: a second "a.jpg" becomes "a (2).jpg"; case is ignored, as on most disks
 */
export function unique(names) {
  /** @type {Set<string>} */
  const taken = new Set();
  return names.map(windowsSafeName).map((name) => {
    const dot = name.lastIndexOf('.');
    const [stem, extension] = dot > 0 ? [name.slice(0, dot), name.slice(dot)] : [name, ''];
    let free = name;
    for (let count = 2; taken.has(free.toLowerCase()); count += 1) free = `${stem} (${count})${extension}`;
    taken.add(free.toLowerCase());
    return free;
  });
}
