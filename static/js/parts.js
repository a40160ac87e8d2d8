// @ts-check
/**
 * Sends files by parts, several at once, straight to the store.
 *
 * The server's word counts: what it says is stored is not sent again, and a file is done when it
 * says so. Trouble is waited out for as long as the page is open.
 */

import { Refused, Unreachable, pause, post, put } from "./api.js";
import { Course, Unreadable } from "./course.js";

/** @typedef {import("./course.js").Item} Item */

const AT_ONCE = 4;
const SMALL_AT_ONCE = 6; // as many as browsers keep open to one host
const SMALL_BYTES = 4 * 2 ** 20;
const ASK_AFTER_FAILURES = 3;

/**
 * @typedef {object} Hooks
 * @property {(item: Item) => void} changed its state or its number of bytes
 * @property {(item: Item) => void} unreadable its bytes can no longer be read
 * @property {(message: string | null) => void} trouble null: it is over
 * @property {(refusal: Refused) => void} refused the server takes nothing more
 */

/** The page stopped sending. */
class Stopped extends Error {}

/** The parallel sender of one upload. */
export class Sender {
  /** @type {Item[]} */ #queue = [];
  /** @type {Set<Course>} */ #courses = new Set();
  /** @type {Set<Course>} */ #completing = new Set();
  #busy = 0;
  #stopping = new AbortController();
  moved = 0; // bytes that went out since the page was opened, for the rate

  /** @param {string} url of the upload @param {Hooks} hooks */
  constructor(url, hooks) {
    this.url = url;
    this.hooks = hooks;
  }

  /** Send this item; its file is at hand. @param {Item} item */
  add(item) {
    this.#state(item, "waiting");
    this.#queue.push(item);
    this.#pump();
  }

  /** Stop at once; what is stored stays stored. */
  stop() {
    this.#stopping.abort();
  }

  get isBusy() {
    return this.#busy > 0;
  }

  #pump() {
    while (!this.#stopping.signal.aborted && this.#busy < this.#limit()) {
      const work = this.#next();
      if (!work) return;
      this.#busy += 1;
      work().finally(() => {
        this.#busy -= 1;
        this.#pump();
      });
    }
  }

  #limit() {
    const isSmall = [...this.#courses].every((course) => course.item.size <= SMALL_BYTES);
    return isSmall ? SMALL_AT_ONCE : AT_ONCE;
  }

  /** What has begun is ended before anything new begins. @returns {(() => Promise<void>) | null} */
  #next() {
    for (const course of this.#courses) {
      if (course.isAllStored && !this.#completing.has(course)) return this.#complete(course);
      const number = course.next();
      if (number) return this.#part(course, number);
    }
    const item = this.#queue.shift();
    return item ? this.#open(item) : null;
  }

  /** @param {Item} item */
  #open(item) {
    const course = new Course(`${this.url}${item.number}/`, item);
    this.#state(item, "going");
    return this.#guarded(course, async () => {
      await this.#insist(() => course.ask());
      if (course.isDone) this.#end(course);
      else this.#courses.add(course);
      this.#count(course);
    });
  }

  /** @param {Course} course @param {number} number */
  #part(course, number) {
    course.flying.set(number, 0);
    return this.#guarded(course, async () => {
      for (let failures = 0; !course.stored.has(number) && !course.isDone; ) {
        try {
          await this.#put(course, number);
        } catch (error) {
          await this.#afterFailure(course, number, (failures += 1), error);
        }
      }
      course.flying.delete(number);
      this.#count(course);
    });
  }

  /** @param {Course} course @param {number} number */
  async #put(course, number) {
    const url = await course.signed(number);
    const { signal } = this.#stopping;
    const progress = (/** @type {number} */ loaded) => this.#flown(course, number, loaded);
    await put(url, course.slice(number), { progress, signal });
    course.stored.add(number);
    this.hooks.trouble(null);
  }

  /** @param {Course} course @param {number} number @param {number} loaded */
  #flown(course, number, loaded) {
    this.moved += loaded - (course.flying.get(number) ?? 0);
    course.flying.set(number, loaded);
    this.#count(course);
  }

  /**
   * The store's refusals (an expired URL, an upload that was dropped) look like a dead network, so
   * after some failures the server is asked what is stored, and for new URLs.
   * @param {Course} course @param {number} number @param {number} failures @param {unknown} error
   */
  async #afterFailure(course, number, failures, error) {
    this.#flown(course, number, 0);
    if (!(error instanceof Unreachable)) throw error;
    await course.mustBeReadable(number);
    this.#trouble(error);
    await pause(failures, this.#stopping.signal);
    if (this.#stopping.signal.aborted) throw new Stopped();
    if (failures % ASK_AFTER_FAILURES === 0) await this.#insist(() => course.ask());
  }

  /** @param {Course} course */
  #complete(course) {
    this.#completing.add(course);
    this.#state(course.item, "checking");
    return this.#guarded(course, async () => {
      const { status, answer } = await this.#insist(() => post(`${course.url}complete`));
      this.#completing.delete(course);
      if (status !== 409) return this.#end(course);
      for (const number of answer.missing) course.stored.delete(number);
      this.#state(course.item, "going");
    });
  }

  /** @param {Course} course */
  #end(course) {
    course.isDone = true;
    this.#courses.delete(course);
    course.item.sent = course.item.size;
    this.#state(course.item, "done");
  }

  /** @param {Course} course @param {() => Promise<void>} work @returns {() => Promise<void>} */
  #guarded(course, work) {
    return async () => {
      try {
        await work();
      } catch (error) {
        this.#failed(course, error);
      }
    };
  }

  /** @param {Course} course @param {unknown} error */
  #failed(course, error) {
    if (error instanceof Stopped) return;
    this.#courses.delete(course);
    course.flying.clear();
    if (error instanceof Unreadable) {
      if (course.item.state === "again") return; // another part of it has said so
      course.item.file = null;
      course.item.sent = 0;
      this.#state(course.item, "again");
      this.hooks.unreadable(course.item);
    } else {
      this.stop();
      if (error instanceof Refused) this.hooks.refused(error);
      else throw error;
    }
  }

  /** @template T @param {() => Promise<T>} call @returns {Promise<T>} */
  async #insist(call) {
    for (let tries = 1; ; tries += 1) {
      try {
        const answer = await call();
        this.hooks.trouble(null);
        return answer;
      } catch (error) {
        if (!(error instanceof Unreachable)) throw error;
        this.#trouble(error);
        await pause(tries, this.#stopping.signal);
        if (this.#stopping.signal.aborted) throw new Stopped();
      }
    }
  }

  /** @param {Unreachable} error */
  #trouble(error) {
    if (!this.#stopping.signal.aborted) this.hooks.trouble(error.message);
  }

  /** @param {Course} course */
  #count(course) {
    if (!course.isDone && !this.#courses.has(course)) return; // it was given up meanwhile
    course.item.sent = course.sent;
    this.hooks.changed(course.item);
  }

  /** @param {Item} item @param {Item["state"]} state */
  #state(item, state) {
    item.state = state;
    this.hooks.changed(item);
  }
}
