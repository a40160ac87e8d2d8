// @ts-check
/** Parts in the air: made ready ahead of their turn, then sent, some at once; what fails is given back. */

import { Broken, Unreachable, put } from "./api.js";
import { Pace } from "./pace.js";
import { base64, isOnePiece } from "./proof.js";

/** @typedef {import("./course.js").Course} Course */
/** @typedef {{ course: Course, number: number, signal: AbortSignal, sum: Uint8Array | null }} Flight */

const SMALL_BYTES = 4 * 2 ** 20;
const ASK_AFTER_FAILURES = 3;

/**
 * @typedef {object} Hooks
 * @property {(course: Course) => void} counted its number of bytes is another
 * @property {(course: Course) => void} landed one more part of it is stored
 * @property {(course: Course) => void} doubted the server is to be asked about it
 * @property {(course: Course) => void} freed a part of it can be claimed again
 * @property {(message: string | null) => void} trouble null: it is over
 * @property {(work: () => Promise<void>, course: Course) => void} run and see to what goes wrong
 */

/** The parts of one sender that are on their way. */
export class Flights {
  /** @type {Flight[]} */ #prepared = [];
  #preparing = 0;
  #flying = 0;
  pace = new Pace();
  moved = 0; // bytes that went out since the page was opened, for the rate

  /** @param {import("./lots.js").Lots} lots @param {Hooks} hooks */
  constructor(lots, hooks) {
    this.lots = lots;
    this.hooks = hooks;
  }

  get isIdle() {
    return !this.#flying && !this.#ahead;
  }

  get #ahead() {
    return this.#preparing + this.#prepared.length;
  }

  /** As many are made ready as fly: no connection waits for a sum. @param {Course} course */
  isRoomFor(course) {
    return this.#ahead < this.pace.limit(isSmall(course));
  }

  /** Make its sum and get its URL. @param {Course} course @param {number} number claimed */
  prepare(course, number) {
    const flight = /** @type {Flight} */ ({ course, number, signal: course.signal, sum: null });
    this.#preparing += 1;
    this.#attempt(flight, async () => {
      const both = Promise.all([course.sum(number), this.lots.signed(course, number)]);
      [flight.sum] = await both.finally(() => (this.#preparing -= 1));
      this.#prepared.push(flight);
    });
  }

  /** Send what is ready, as far as the pace allows. */
  launch() {
    this.#prepared = this.#prepared.filter(({ signal }) => !signal.aborted);
    while (this.#prepared.length && !this.pace.isResting) {
      if (this.#flying >= this.pace.limit(isSmall(this.#prepared[0].course))) return;
      this.#fly(/** @type {Flight} */ (this.#prepared.shift()));
    }
  }

  /** @param {Flight} flight */
  #fly(flight) {
    const { course, number, signal } = flight;
    this.#flying += 1;
    this.#attempt(flight, async () => {
      await this.#put(flight).finally(() => (this.#flying -= 1));
      if (signal.aborted) return;
      course.arrived(number);
      this.pace.arrived();
      this.hooks.trouble(null);
      this.hooks.landed(course);
    });
  }

  /** @param {Flight} flight */
  async #put({ course, number, signal, sum }) {
    const url = await this.lots.signed(course, number); // at hand, unless it has grown old
    const bytes = course.slice(number);
    const progress = (/** @type {number} */ loaded) => {
      if (!signal.aborted) this.#flown(course, number, loaded);
    };
    // A store or a proxy that stumbles over the header gets the part without it.
    const isProved = sum && this.lots.proofHeader && isOnePiece(bytes) && !course.failures.get(number);
    const headers = isProved ? { [this.lots.proofHeader]: base64(sum) } : {};
    await put(url, bytes, { headers, progress, signal });
  }

  /** @param {Course} course @param {number} number @param {number} loaded */
  #flown(course, number, loaded) {
    this.moved += loaded - (course.flying.get(number) ?? 0);
    course.flying.set(number, loaded);
    this.hooks.counted(course);
  }

  /** @param {Flight} flight @param {() => Promise<void>} work */
  #attempt(flight, work) {
    this.hooks.run(async () => {
      try {
        await work();
      } catch (error) {
        if (!flight.signal.aborted) await this.#afterFailure(flight, error);
      }
    }, flight.course);
  }

  /**
   * The store's refusals (an expired URL, an upload that was dropped) look like a dead network, and
   * a part whose answer alone was lost is stored: then the server is asked before anything is sent.
   * @param {Flight} flight @param {unknown} error
   */
  async #afterFailure({ course, number, signal }, error) {
    this.#flown(course, number, 0);
    if (!(error instanceof Unreachable)) throw error;
    await course.mustBeReadable(number);
    const failures = (course.failures.get(number) ?? 0) + 1;
    course.failures.set(number, failures);
    this.hooks.trouble(error.message);
    await this.pace.rest();
    if (signal.aborted) return;
    if ((error instanceof Broken && error.isDoubtful) || failures % ASK_AFTER_FAILURES === 0) {
      course.doubt(number);
      this.hooks.doubted(course);
    } else {
      course.giveBack(number);
      this.hooks.freed(course);
    }
  }
}

/** @param {Course} course */
function isSmall(course) {
  return course.item.size <= SMALL_BYTES;
}
