// @ts-check
/** The list of files on the page: what was chosen, how far each one is, what is wrong with it. */

import { say, shownName, sizeText } from "./words.js";

/** @typedef {import("./course.js").Item} Item */
/** @typedef {import("./picked.js").Picked} Picked */

export class Chosen {
  /** @type {Item[]} */ items = [];
  /** @type {Map<Item, HTMLLIElement>} */ #rows = new Map();
  isLocked = false;

  /** @param {HTMLElement} list @param {HTMLElement} total @param {() => void} changed */
  constructor(list, total, changed) {
    this.list = list;
    this.total = total;
    this.changed = changed;
    const template = document.getElementById("file-row");
    this.template = /** @type {HTMLTemplateElement} */ (template);
  }

  /** Add what was picked; what is in the list already is not added twice. @param {Picked[]} picked */
  add(picked) {
    for (const { file, name } of picked) {
      const { size, lastModified: modified } = file;
      const isKnown = this.items.some((item) =>
        item.name === name && item.size === size && item.modified === modified);
      if (!isKnown) this.put({ file, name, size, modified, number: 0, state: "waiting", sent: 0 });
    }
    this.#sum();
  }

  /** A file that the server knows already, from before the page was loaded. @param {Item} item */
  put(item) {
    const row = this.#row(item);
    this.items.push(item);
    this.#rows.set(item, row);
    this.list.append(row);
    this.list.hidden = false;
  }

  /** Let nothing be removed, or all again. */
  lock(isLocked = true) {
    this.isLocked = isLocked;
    for (const row of this.#rows.values()) find(row, ".remove").hidden = isLocked;
  }

  get bytes() {
    return this.items.reduce((sum, item) => sum + item.size, 0);
  }

  get sentBytes() {
    return this.items.reduce((sum, item) => sum + item.sent, 0);
  }

  get isDone() {
    return this.items.every((item) => item.state === "done");
  }

  /** Show a file's state and progress. @param {Item} item */
  show(item) {
    const row = /** @type {HTMLLIElement} */ (this.#rows.get(item));
    const bar = /** @type {HTMLProgressElement} */ (find(row, "progress"));
    const state = find(row, ".state");
    const percent = item.size ? Math.floor((100 * item.sent) / item.size) : 100;
    bar.value = percent;
    bar.hidden = item.state !== "going" && item.state !== "checking";
    const text = say(item.state, { percent });
    if (state.textContent !== text) state.textContent = text;
    state.hidden = false;
    state.className = `state ${item.state}`;
  }

  /** @param {Item} item @param {string} message "" takes it away */
  complain(item, message) {
    const error = find(/** @type {HTMLLIElement} */ (this.#rows.get(item)), ".error");
    error.textContent = message;
    error.hidden = !message;
  }

  complainNoMore() {
    for (const item of this.items) this.complain(item, "");
  }

  /** Bring the keyboard to a file. @param {Item} item */
  focus(item) {
    find(/** @type {HTMLLIElement} */ (this.#rows.get(item)), ".remove").focus();
  }

  /** @param {Item} item */
  #row(item) {
    const copy = /** @type {DocumentFragment} */ (this.template.content.cloneNode(true));
    const row = /** @type {HTMLLIElement} */ (copy.querySelector("li"));
    const name = shownName(item.name);
    find(row, ".name").textContent = name;
    find(row, ".size").textContent = sizeText(item.size);
    find(row, "progress").setAttribute("aria-label", name);
    const remove = find(row, ".remove");
    remove.setAttribute("aria-label", say("remove", { name }));
    remove.hidden = this.isLocked;
    remove.addEventListener("click", () => this.#remove(item));
    return row;
  }

  /** @param {Item} item */
  #remove(item) {
    const at = this.items.indexOf(item);
    this.items.splice(at, 1);
    this.#rows.get(item)?.remove();
    this.#rows.delete(item);
    this.list.hidden = !this.items.length;
    this.#sum();
    // The keyboard stays in the list, or goes back to where files are chosen.
    const next = this.items[Math.min(at, this.items.length - 1)];
    if (next) this.focus(next);
    else document.getElementById("pick-files")?.focus();
  }

  #sum() {
    const { length: count } = this.items;
    this.total.hidden = !count;
    this.total.textContent = count ? say("chosen", { count, size: sizeText(this.bytes) }) : "";
    this.changed();
  }
}

/** @param {Element} row @param {string} selector */
function find(row, selector) {
  return /** @type {HTMLElement} */ (row.querySelector(selector));
}
