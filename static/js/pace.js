// @ts-check
/** How many parts fly at once: fewer after trouble, more again with each that arrives. */

import { pause } from "./api.js";

const AT_ONCE = 4;
const SMALL_AT_ONCE = 6; // as many connections as browsers keep to one host

/** The pace of one sender. */
export class Pace {
  #limit = SMALL_AT_ONCE;
  #failures = 0; // in a row, however many parts fell at once
  /** @type {Promise<void> | null} */ #resting = null;
  #waking = new AbortController();

  /** @param {boolean} isSmall */
  limit(isSmall) {
    return Math.min(this.#limit, isSmall ? SMALL_AT_ONCE : AT_ONCE);
  }

  get isResting() {
    return this.#resting !== null;
  }

  arrived() {
    this.#failures = 0;
    this.#limit = Math.min(SMALL_AT_ONCE, this.#limit + 1);
  }

  /** A part failed: nothing new begins for a while. */
  rest() {
    this.#limit = Math.max(1, Math.floor(this.#limit / 2));
    if (!this.#resting) this.#failures += 1;
    this.#resting ??= pause(this.#failures, this.#waking.signal).finally(() => (this.#resting = null));
    return this.#resting;
  }

  /** Somebody wants it to go on now. */
  wake() {
    this.#waking.abort();
    this.#waking = new AbortController();
  }
}
