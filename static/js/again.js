// @ts-check
/** After a reload a page has no files: which ones of those picked again belong to which row. */

/** @typedef {import("./course.js").Item} Item */
/** @typedef {import("./picked.js").Picked} Picked */
/**
 * `item` is to be sent on (ok) or was changed; known: it needs nothing; several: it cannot be told which.
 * @typedef {{ picked: Picked, item: Item | null, verdict: "ok" | "known" | "changed" | "several" | "strange" }} Match
 */

/**
 * By their paths; what is left over, by base name: a file may be picked out of its folder.
 * @param {Item[]} items @param {Picked[]} picked @returns {Match[]}
 */
export function matches(items, picked) {
  const taken = /** @type {Set<Item>} */ (new Set());
  const byPath = groups(items, (name) => name);
  const byBase = groups(items, baseName);
  const found = picked.map((one) => match(one, byPath.get(keyOf(one.file, one.name)), taken));
  return found.map((first) => {
    if (first.verdict !== "strange") return first;
    const { picked: one } = first;
    const alike = byBase.get(keyOf(one.file, baseName(one.name)));
    const isOneOfMany = new Set(alike?.filter((item) => isFit(item, one, taken)).map(({ name }) => name)).size > 1;
    return isOneOfMany ? { picked: one, item: null, verdict: "several" } : match(one, alike, taken);
  });
}

/** @param {Picked} picked @param {Item[] | undefined} alike @param {Set<Item>} taken @returns {Match} */
function match(picked, alike, taken) {
  if (!alike) return { picked, item: null, verdict: "strange" };
  const item = alike.find((one) => isFit(one, picked, taken));
  if (item) {
    taken.add(item);
    return { picked, item, verdict: "ok" };
  }
  // Mixed with what was stored of the older one it would be neither.
  const older = alike.find((one) => one.state === "again" && !taken.has(one)) ?? null;
  return { picked, item: older, verdict: older ? "changed" : "known" };
}

/** @param {Item} item @param {Picked} picked @param {Set<Item>} taken */
function isFit(item, { file }, taken) {
  const isUnchanged = !item.modified || item.modified === file.lastModified;
  return item.state === "again" && isUnchanged && !taken.has(item);
}

/** @param {Item[]} items @param {(name: string) => string} called @returns {Map<string, Item[]>} */
function groups(items, called) {
  const all = new Map();
  for (const item of items) {
    const key = keyOf(item, called(item.name));
    if (!all.has(key)) all.set(key, []);
    all.get(key).push(item);
  }
  return all;
}

/** @param {{ size: number }} file @param {string} name */
function keyOf({ size }, name) {
  return `${size} ${name}`;
}

/** @param {string} name */
function baseName(name) {
  return name.slice(name.lastIndexOf("/") + 1);
}
