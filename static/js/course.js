// @ts-check
/** One file on its way: how it is cut, what of it is stored, and the signed URLs of its parts. */

import { freshUntil } from "./api.js";
import { canProve, hex, sumOf } from "./proof.js";

/**
 * One file on the page.
 * @typedef {object} Item
 * @property {File | null} file null until the visitor chose it (again)
 * @property {string} name
 * @property {number} size
 * @property {number} modified
 * @property {number} number its number in the upload; 0 before it was announced
 * @property {"waiting" | "going" | "paused" | "checking" | "done" | "again"} state
 * @property {number} sent bytes that are stored or on their way
 */

/** @typedef {{ part_bytes: number, parts: number, done: boolean, have: number[], proved: number[], urls: Record<string, string> }} Opened */

/** The file on the visitor's computer was moved, changed or taken away. */
export class Unreadable extends Error {}

/** One file on its way. */
export class Course {
  /** @type {Set<number>} */ stored = new Set();
  /** @type {Map<number, number>} claimed parts, and how many bytes of each have gone out */
  flying = new Map();
  /** @type {Map<number, number>} */ failures = new Map();
  /** @type {Set<number>} the server is to say whether they are stored */ #doubted = new Set();
  /** @type {Map<number, Uint8Array>} */ #sums = new Map();
  /** @type {Map<number, Promise<Uint8Array>>} */ #summing = new Map();
  /** @type {Set<number>} sums that the server does not know yet */ #untold = new Set();
  /** @type {number[]} stored before, and no sum of them is known anywhere */ #unproved = [];
  /** @type {Map<number, { url: string, until: number }>} */ #urls = new Map();
  #from = 1; // no part before it is free
  #storedBytes = 0;
  #run = new AbortController();
  partBytes = 1;
  parts = -1; // not opened yet
  isDone = false;
  isRemoved = false;

  /** @param {Item} item */
  constructor(item) {
    this.item = item;
    this.file = /** @type {File} */ (item.file);
  }

  /** Aborted when the file is paused or taken out: whatever began before has no say any more. */
  get signal() {
    return this.#run.signal;
  }

  /** Let go of all that is under way; what is stored stays. */
  halt() {
    this.#run.abort();
    this.#run = new AbortController();
    this.flying.clear();
    this.#doubted.clear();
    this.#from = 1;
  }

  /**
   * What the server says: how the file is cut, what is stored.
   * @param {Opened} opened @param {number} goodForS
   * @param {number[]} doubts that there were when it was asked: later ones it knows nothing of
   */
  told(opened, goodForS, doubts) {
    this.partBytes = opened.part_bytes;
    this.parts = opened.parts;
    this.isDone = opened.done;
    // What was stored while the answer was on its way counts too; `complete` tells if it does not.
    for (const number of opened.have) this.#keepStored(number);
    this.#see(opened.have, new Set(opened.proved));
    for (const number of doubts) this.#doubted.delete(number);
    this.#from = 1;
    this.#urls.clear();
    this.sign(opened.urls, goodForS);
  }

  /** @param {number[]} have @param {Set<number>} proved */
  #see(have, proved) {
    const open = canProve ? have.filter((number) => !proved.has(number)) : [];
    this.#unproved = open.filter((number) => !this.#sums.has(number));
    for (const number of open) if (this.#sums.has(number)) this.#untold.add(number);
  }

  // --- parts ----------------------------------------------------------------------------------

  /** The next part that is neither stored nor on its way, claimed; 0 if there is none. */
  claim() {
    for (; this.#from <= this.parts; this.#from += 1) {
      if (this.#isTaken(this.#from)) continue;
      this.flying.set(this.#from, 0);
      return this.#from;
    }
    return 0;
  }

  /** @param {number} number */
  #isTaken(number) {
    return this.stored.has(number) || this.flying.has(number) || this.#doubted.has(number);
  }

  /** It did not arrive. @param {number} number */
  giveBack(number) {
    this.flying.delete(number);
    this.#sums.delete(number); // in case it was the store's reason
    this.#untold.delete(number);
    this.#from = Math.min(this.#from, number);
  }

  /** It may have arrived: nobody sends it before the server was asked. @param {number} number */
  doubt(number) {
    this.giveBack(number);
    this.#doubted.add(number);
  }

  /** @param {number} number @returns {number} how often by now, since it last arrived */
  failed(number) {
    const failures = (this.failures.get(number) ?? 0) + 1;
    this.failures.set(number, failures);
    return failures;
  }

  /** Parts of which the server has to say whether they are stored. */
  get doubts() {
    return [...this.#doubted];
  }

  /** Nothing of it begins to fly before the server was asked. */
  get isInDoubt() {
    return this.#doubted.size > 0;
  }

  /** @param {number} number */
  arrived(number) {
    this.flying.delete(number);
    this.failures.delete(number);
    if (this.#sums.has(number)) this.#untold.add(number);
    this.#keepStored(number);
  }

  /** @param {number} number */
  #keepStored(number) {
    if (!this.stored.has(number)) this.#storedBytes += this.#bytesOf(number);
    this.stored.add(number);
  }

  /** The store has them not, though it seemed so: a failure like others. @param {number[]} numbers */
  lacks(numbers) {
    for (const number of numbers) {
      if (this.stored.delete(number)) this.#storedBytes -= this.#bytesOf(number);
      this.failed(number);
      this.giveBack(number);
    }
  }

  get isFull() {
    const isStored = this.parts >= 0 && this.stored.size >= this.parts && !this.flying.size;
    return !this.isDone && isStored && !this.#unproved.length;
  }

  /** @param {number} number */
  #bytesOf(number) {
    return Math.min(this.partBytes, this.item.size - (number - 1) * this.partBytes);
  }

  /** Bytes that are stored or on their way. */
  get sent() {
    if (this.isDone) return this.item.size;
    let sum = this.#storedBytes;
    for (const [number, loaded] of this.flying) if (!this.stored.has(number)) sum += loaded;
    return Math.min(sum, this.item.size);
  }

  /** @param {number} number */
  slice(number) {
    return this.file.slice((number - 1) * this.partBytes, number * this.partBytes);
  }

  /** A part failed: is it the file itself? @param {number} number */
  async mustBeReadable(number) {
    try {
      await this.slice(number).slice(0, 1).arrayBuffer();
    } catch {
      throw new Unreadable();
    }
  }

  // --- signed URLs ----------------------------------------------------------------------------

  /** @param {Record<string, string>} urls @param {number} goodForS */
  sign(urls, goodForS) {
    const until = freshUntil(goodForS);
    for (const [number, url] of Object.entries(urls)) this.#urls.set(Number(number), { url, until });
  }

  /** @param {number} number @returns {string | null} null where none is good for a while */
  urlOf(number) {
    const known = this.#urls.get(number);
    return known && Date.now() < known.until ? known.url : null;
  }

  /** Parts that will need a URL soon, those on their way first. @param {number} most */
  unsigned(most) {
    const numbers = [...this.flying.keys()].filter((number) => !this.urlOf(number)).slice(0, most);
    for (let number = this.#from; number <= this.parts && numbers.length < most; number += 1) {
      if (!this.#isTaken(number) && !this.urlOf(number)) numbers.push(number);
    }
    return numbers;
  }

  // --- sums -----------------------------------------------------------------------------------

  /** The part's sum; null where the browser makes none. @param {number} number @throws {Unreadable} */
  async sum(number) {
    if (!canProve) return null;
    const known = this.#sums.get(number);
    if (known) return known;
    const making = this.#summing.get(number) ?? this.#makeSum(number);
    this.#summing.set(number, making);
    return making;
  }

  /** @param {number} number */
  async #makeSum(number) {
    try {
      const sum = await sumOf(this.slice(number));
      this.#sums.set(number, sum);
      return sum;
    } catch {
      throw new Unreadable();
    } finally {
      this.#summing.delete(number);
    }
  }

  /**
   * Make the sums of what another page or browser had sent: read here, never sent again.
   * @throws {Unreadable}
   */
  async prove() {
    const { signal } = this;
    while (this.#unproved.length && !signal.aborted) {
      const number = this.#unproved[0];
      await this.sum(number);
      if (signal.aborted) return;
      this.#untold.add(number);
      this.#unproved = this.#unproved.filter((other) => other !== number);
    }
  }

  get needsProof() {
    return this.#unproved.length > 0;
  }

  /** Sums that the server does not know yet, as it takes them; they count as told. */
  takeSums() {
    const numbers = [...this.#untold];
    this.#untold.clear();
    const sumOfPart = (/** @type {number} */ number) => /** @type {Uint8Array} */ (this.#sums.get(number));
    return Object.fromEntries(numbers.map((number) => [number, hex(sumOfPart(number))]));
  }

  /** The server did not take them. @param {Record<string, string>} sums */
  retell(sums) {
    const known = Object.keys(sums).map(Number).filter((number) => this.#sums.has(number));
    for (const number of known) this.#untold.add(number);
  }
}
