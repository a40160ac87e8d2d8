// @ts-check
/** Files of one name: the computer that works on them has no folders, so it sees one with a number. */

import { say, shownName } from "./words.js";

/** @typedef {import("./course.js").Item} Item */

/** Which of the chosen files have one name; never an error, as they are passed on all the same. */
export class Twins {
  /** @type {Map<string, Set<Item>>} */ #byName = new Map();

  /** @param {Item} item */
  add(item) {
    const key = baseOf(item.name).toLowerCase();
    const alike = this.#byName.get(key) ?? new Set();
    this.#byName.set(key, alike.add(item));
  }

  /** @param {Item} item @returns {Item[]} those of which something else is to be said now */
  remove(item) {
    const alike = this.#byName.get(baseOf(item.name).toLowerCase()) ?? new Set();
    const [first] = alike;
    alike.delete(item);
    return item === first ? [...alike] : [];
  }

  clear() {
    this.#byName.clear();
  }

  /** @param {Item} item @returns {string} "" where it is the first of its name */
  hint(item) {
    const base = baseOf(item.name);
    const [first] = this.#byName.get(base.toLowerCase()) ?? [];
    if (!first || first === item) return "";
    return say("twin", { name: `\u2068${shownName(first.name)}\u2069` });
  }
}

/** @param {string} name */
function baseOf(name) {
  return name.normalize("NFC").split(/[/\\]/).pop() ?? "";
}
