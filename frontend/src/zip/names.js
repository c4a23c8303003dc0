/** File names inside a ZIP. Pure. */

/**
 * @param {string[]} names  in order, perhaps the same ones
 * @returns {string[]} each once: a second "a.jpg" becomes "a (2).jpg"; case makes no difference, as on most disks
 */
export function unique(names) {
  /** @type {Set<string>} */
  const taken = new Set();
  return names.map((name) => {
    const dot = name.lastIndexOf('.');
    const [stem, extension] = dot > 0 ? [name.slice(0, dot), name.slice(dot)] : [name, ''];
    let free = name;
    for (let count = 2; taken.has(free.toLowerCase()); count += 1) free = `${stem} (${count})${extension}`;
    taken.add(free.toLowerCase());
    return free;
  });
}
