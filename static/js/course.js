// @ts-check
/** One file on its way: how it is cut, what of it is stored, and the signed URLs of its parts. */

import { Unreachable, post } from "./api.js";

const SIGN_AT_ONCE = 50;
const URL_GOOD_MS = 5 * 3600 * 1000; // they are signed for six hours

/**
 * One file on the page.
 * @typedef {object} Item
 * @property {File | null} file null until the visitor chose it (again)
 * @property {string} name
 * @property {number} size
 * @property {number} modified
 * @property {number} number its number in the upload; 0 before it was announced
 * @property {"waiting" | "going" | "checking" | "done" | "again"} state
 * @property {number} sent bytes that are stored or on their way
 */

/** The file on the visitor's computer was moved, changed or taken away. */
export class Unreadable extends Error {}

/** One file on its way. */
export class Course {
  /** @type {Set<number>} */ stored = new Set();
  /** @type {Map<number, number>} */ flying = new Map();
  /** @type {Map<number, {url: string, at: number}>} */ #urls = new Map();
  /** @type {Promise<void> | null} */ #asking = null;
  /** @type {Promise<void> | null} */ #signing = null;
  partBytes = 1;
  parts = 0;
  isDone = false;

  /** @param {string} url of the file's calls @param {Item} item */
  constructor(url, item) {
    this.url = url;
    this.item = item;
    this.file = /** @type {File} */ (item.file);
  }

  /** Ask the server how the file is cut and what is stored: the truth after any trouble. */
  ask() {
    this.#asking ??= this.#ask().finally(() => (this.#asking = null));
    return this.#asking;
  }

  async #ask() {
    const { answer } = await post(`${this.url}open`);
    this.partBytes = answer.part_bytes;
    this.parts = answer.parts;
    this.isDone = answer.done;
    // What was stored while the answer was on its way counts too; `complete` tells if it does not.
    this.stored = new Set([...answer.have, ...this.stored]);
    this.#urls.clear();
    this.#keep(answer.urls);
  }

  /** @param {Record<string, string>} urls */
  #keep(urls) {
    const at = Date.now();
    for (const [number, url] of Object.entries(urls)) this.#urls.set(Number(number), { url, at });
  }

  /** The next part that nobody sends yet; 0 if there is none. */
  next() {
    for (let number = 1; number <= this.parts; number += 1) {
      if (!this.stored.has(number) && !this.flying.has(number)) return number;
    }
    return 0;
  }

  get isAllStored() {
    return !this.isDone && this.stored.size >= this.parts && !this.flying.size;
  }

  /** @param {number} number */
  slice(number) {
    return this.file.slice((number - 1) * this.partBytes, number * this.partBytes);
  }

  /** @param {number} number */
  async signed(number) {
    for (;;) {
      const known = this.#urls.get(number);
      if (known && Date.now() - known.at < URL_GOOD_MS) return known.url;
      this.#signing ??= this.#sign(number).finally(() => (this.#signing = null));
      await this.#signing;
    }
  }

  /** @param {number} first */
  async #sign(first) {
    const parts = [];
    for (let n = first; n <= this.parts && parts.length < SIGN_AT_ONCE; n += 1) {
      if (!this.stored.has(n)) parts.push(n);
    }
    const { answer } = await post(`${this.url}sign`, { parts });
    if (!answer.urls?.[first]) throw new Unreachable();
    this.#keep(answer.urls);
  }

  /** Bytes that are stored or on their way. */
  get sent() {
    if (this.isDone) return this.item.size;
    const last = this.item.size - (this.parts - 1) * this.partBytes;
    let sum = this.stored.size * this.partBytes;
    if (this.stored.has(this.parts)) sum += last - this.partBytes;
    for (const [number, loaded] of this.flying) if (!this.stored.has(number)) sum += loaded;
    return Math.min(sum, this.item.size);
  }

  /** A part failed: is it the file itself? @param {number} number */
  async mustBeReadable(number) {
    try {
      await this.slice(number).slice(0, 1).arrayBuffer();
    } catch {
      throw new Unreadable();
    }
  }
}
