// @ts-check
/** The list of files on the page: what was chosen, how far each one is, what is wrong with it. */

import { Twins } from "./twins.js";
import { say, shownName, sizeText } from "./words.js";

/** @typedef {import("./course.js").Item} Item */
/** @typedef {import("./picked.js").Picked} Picked */
/** @typedef {{ item: Item, row: HTMLLIElement, size: number, sent: number, state: Item["state"] | null }} Entry */

const PAINTED_EVERY_MS = 100;

/**
 * @typedef {object} Hooks
 * @property {() => void} changed files came or went
 * @property {() => void} painted what is shown is true again
 * @property {(item: Item) => void} remove its button was pressed
 * @property {(item: Item) => void} pause its button was pressed, to pause it or to go on
 */

/** Sums are kept, not made: with thousands of files nothing may look at all of them each time. */
export class Chosen {
  /** @type {Map<Item, Entry>} */ #entries = new Map();
  /** @type {Set<string>} */ #keys = new Set();
  /** @type {Set<Item>} */ #unpainted = new Set();
  /** @type {ReturnType<typeof setTimeout> | undefined} */ #timer;
  /** @type {Partial<Record<Item["state"], number>>} */ #counts = {};
  #twins = new Twins();
  bytes = 0;
  sentBytes = 0;
  isLocked = false; // nothing can be removed
  isSending = false; // files can be paused

  /** @param {HTMLElement} list @param {HTMLElement} total @param {Hooks} hooks */
  constructor(list, total, hooks) {
    this.list = list;
    this.total = total;
    this.hooks = hooks;
    const template = document.getElementById("file-row");
    this.template = /** @type {HTMLTemplateElement} */ (template);
  }

  get items() {
    return [...this.#entries.keys()];
  }

  get count() {
    return this.#entries.size;
  }

  /** How many files are in one of these states. @param {Item["state"][]} states */
  countOf(...states) {
    return states.reduce((sum, state) => sum + (this.#counts[state] ?? 0), 0);
  }

  // --- files come and go ----------------------------------------------------------------------

  /**
   * Add what was picked; what is in the list already is not added twice.
   * @param {Picked[]} picked @returns {Item[]} those that are new
   */
  add(picked) {
    const items = picked.map(({ file, name }) => itemOf(file, name));
    const fresh = items.filter((item) => {
      const isNew = !this.#keys.has(keyOf(item));
      this.#keys.add(keyOf(item));
      return isNew;
    });
    this.put(fresh);
    return fresh;
  }

  /** @param {Item[]} items */
  put(items) {
    const rows = document.createDocumentFragment();
    for (const item of items) {
      const row = this.#row(item);
      this.#entries.set(item, { item, row, size: item.size, sent: 0, state: null });
      this.bytes += item.size;
      this.changed(item);
      this.#twins.add(item);
      this.#hint(item);
      rows.append(row);
    }
    this.list.append(rows);
    this.#sum();
  }

  /** @param {Item} item */
  remove(item) {
    const entry = /** @type {Entry} */ (this.#entries.get(item));
    const next = entry.row.nextElementSibling ?? entry.row.previousElementSibling;
    this.#entries.delete(item);
    this.#keys.delete(keyOf(item));
    this.#unpainted.delete(item);
    this.bytes -= item.size;
    this.sentBytes -= entry.sent;
    this.#recount(entry.state, null);
    entry.row.remove();
    for (const twin of this.#twins.remove(item)) this.#hint(twin);
    this.#sum();
    // The keyboard stays in the list, or goes back to where files are chosen.
    if (next) find(next, ".remove").focus();
    else document.getElementById("pick-files")?.focus();
  }

  /** What was chosen by mistake, all of it; before anything is sent. */
  clear() {
    this.#entries.clear();
    this.#keys.clear();
    this.#unpainted.clear();
    this.#twins.clear();
    this.#counts = {};
    this.bytes = this.sentBytes = 0;
    this.list.replaceChildren();
    this.#sum();
    document.getElementById("pick-files")?.focus();
  }

  /** That another file has its name. @param {Item} item */
  #hint(item) {
    const hint = find(/** @type {Entry} */ (this.#entries.get(item)).row, ".hint");
    hint.textContent = this.#twins.hint(item);
    hint.hidden = !hint.textContent;
  }

  #sum() {
    const { count, bytes } = this;
    this.list.hidden = !count;
    this.total.hidden = !count;
    this.total.textContent = count ? say("chosen", { count, size: sizeText(bytes) }) : "";
    this.hooks.changed();
  }

  // --- how far each one is --------------------------------------------------------------------

  /** Its state or its number of bytes is another. @param {Item} item */
  changed(item) {
    const entry = this.#entries.get(item);
    if (!entry) return;
    this.sentBytes += item.sent - entry.sent;
    entry.sent = item.sent;
    if (entry.state !== item.state) this.#recount(entry.state, item.state);
    entry.state = item.state;
    this.#unpainted.add(item);
    this.repaint();
  }

  /** @param {Item["state"] | null} before @param {Item["state"] | null} now */
  #recount(before, now) {
    if (before) this.#counts[before] = this.countOf(before) - 1;
    if (now) this.#counts[now] = this.countOf(now) + 1;
  }

  /** Soon. A timer, as a hidden tab gets no animation frames, and its title is to go on. */
  repaint() {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      for (const item of this.#unpainted) this.#paint(item);
      this.#unpainted.clear();
      this.hooks.painted();
    }, PAINTED_EVERY_MS);
  }

  /** Let nothing be removed, or all again. @param {boolean} isLocked */
  lock(isLocked) {
    this.isLocked = isLocked;
    this.#repaintAll();
  }

  /** From here on files are sent: they can be paused. */
  begin() {
    this.isSending = true;
    this.#repaintAll();
  }

  #repaintAll() {
    for (const item of this.#entries.keys()) this.#paint(item);
  }

  /** @param {Item} item */
  #paint(item) {
    const { row } = /** @type {Entry} */ (this.#entries.get(item));
    find(row, ".remove").hidden = this.isLocked;
    if (!this.isSending) return;
    const percent = item.size ? Math.floor((100 * item.sent) / item.size) : 100;
    const bar = /** @type {HTMLProgressElement} */ (find(row, "progress"));
    bar.value = percent;
    bar.hidden = item.state !== "going" && item.state !== "checking" && item.state !== "paused";
    this.#paintPause(item, row);
    const state = find(row, ".state");
    state.textContent = say(item.state, { percent });
    state.hidden = false;
    state.className = `state ${item.state}`;
  }

  /** @param {Item} item @param {HTMLLIElement} row */
  #paintPause(item, row) {
    const button = find(row, ".pause");
    const isPaused = item.state === "paused";
    const isFocused = button === document.activeElement;
    button.hidden = !isPaused && item.state !== "waiting" && item.state !== "going";
    if (isFocused && button.hidden) find(row, ".remove").focus();
    button.classList.toggle("is-paused", isPaused);
    const name = shownName(item.name);
    button.setAttribute("aria-label", say(isPaused ? "go-on-with" : "pause-one", { name }));
  }

  // --- what is wrong, and where ---------------------------------------------------------------

  /** @param {Item} item @param {string} message "" takes it away */
  complain(item, message) {
    const entry = this.#entries.get(item);
    if (!entry) return;
    const error = find(entry.row, ".error");
    error.textContent = message;
    error.hidden = !message;
  }

  complainNoMore() {
    for (const item of this.#entries.keys()) this.complain(item, "");
  }

  /** Bring the keyboard to a file. @param {Item} item */
  focus(item) {
    const entry = this.#entries.get(item);
    if (entry) find(entry.row, ".remove").focus();
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
    remove.addEventListener("click", () => this.hooks.remove(item));
    find(row, ".pause").addEventListener("click", () => this.hooks.pause(item));
    return row;
  }
}

/** @param {File} file @param {string} name @returns {Item} */
function itemOf(file, name) {
  const { size, lastModified: modified } = file;
  return { file, name, size, modified, number: 0, state: "waiting", sent: 0 };
}

/** @param {Item} item */
function keyOf({ name, size, modified }) {
  return `${size} ${modified} ${name}`;
}

/** @param {Element} row @param {string} selector */
function find(row, selector) {
  return /** @type {HTMLElement} */ (row.querySelector(selector));
}
