// @ts-check
/** Files out of a file input or a drop, folders and all; a name is the path within the folder. */

/** @typedef {{ file: File, name: string }} Picked */

// What computers leave in folders by themselves; nobody means to send it.
const LITTER = new Set([".DS_Store", "Thumbs.db", "desktop.ini"]);

/** @param {HTMLInputElement} input @returns {Picked[]} */
export function ofInput(input) {
  const picked = [...(input.files ?? [])].map((file) => ({
    file,
    name: file.webkitRelativePath || file.name,
  }));
  input.value = ""; // so that the same file can be chosen again after it was removed
  return tidy(picked);
}

/** @param {DataTransfer} dropped @returns {Promise<Picked[]>} */
export async function ofDrop(dropped) {
  // The entries must be taken at once: the list is empty when the event is over.
  const entries = [...dropped.items].map((item) => item.webkitGetAsEntry?.() ?? item.getAsFile());
  const found = await Promise.all(entries.map((entry) => entry ? within(entry) : []));
  return tidy(found.flat());
}

/** @param {File | FileSystemEntry} entry @returns {Promise<Picked[]>} */
async function within(entry) {
  if (entry instanceof File) return [{ file: entry, name: entry.name }];
  if (entry.isFile) {
    const file = await new Promise((resolve, reject) =>
      /** @type {FileSystemFileEntry} */ (entry).file(resolve, reject));
    return [{ file, name: entry.fullPath.replace(/^\//, "") }];
  }
  const inner = await entriesOf(/** @type {FileSystemDirectoryEntry} */ (entry).createReader());
  return (await Promise.all(inner.map(within))).flat();
}

/** @param {FileSystemDirectoryReader} reader @returns {Promise<FileSystemEntry[]>} */
async function entriesOf(reader) {
  /** @type {FileSystemEntry[]} */
  const all = [];
  for (;;) {
    // At most 100 at a time (Chromium): until it answers with none.
    const some = await new Promise((resolve, reject) => reader.readEntries(resolve, reject));
    if (!some.length) return all;
    all.push(...some);
  }
}

const inOrder = new Intl.Collator(undefined, { numeric: true }).compare;

/** A folder comes without litter, and in order: browsers give it as the disk has it. @param {Picked[]} picked */
function tidy(picked) {
  const kept = picked.filter(({ file, name }) => !(name.includes("/") && LITTER.has(file.name)));
  const isFolder = kept.some(({ name }) => name.includes("/"));
  return isFolder ? kept.sort((a, b) => inOrder(a.name, b.name)) : kept;
}
