// @ts-check
/** Parts in the air: made ready ahead of their turn, then sent, some at once; what fails is given back. */

import { Broken, Unreachable, postForm, put } from "./api.js";
import { Pace } from "./pace.js";
import { base64, isOnePiece } from "./proof.js";

/** @typedef {import("./course.js").Course} Course */
/** @typedef {import("./lots.js").Form} Form */
/** @typedef {{ course: Course, number: number, signal: AbortSignal, sum: Uint8Array | null }} Flight */

const SMALL_BYTES = 4 * 2 ** 20;
const ASK_AFTER_FAILURES = 3;
// Small files by one form: so few that what a broken line costs is soon sent again.
const TOGETHER_FILES = 32;
const TOGETHER_BYTES = 2 * 2 ** 20;
const FORMS_MAY_FAIL = 2; // in a row, at different times: then this store takes none

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
  #failedForms = 0;
  #formFailedAt = 0;
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
    const each = this.#formFor(course) ? TOGETHER_FILES : 1;
    return this.#ahead < each * this.pace.limit(isSmall(course));
  }

  /** The form by which this file may go; not if it was sent before. @param {Course} course */
  #formFor(course) {
    const { form } = this.lots;
    const mayGo = form && this.#failedForms < FORMS_MAY_FAIL && !course.failures.size;
    return mayGo && course.parts === 1 && course.item.size <= form.max_bytes ? form : null;
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
    while (!this.pace.isResting) {
      const next = this.#prepared.find(({ course }) => !course.isInDoubt);
      if (!next || this.#flying >= this.pace.limit(isSmall(next.course))) return;
      const form = this.#formFor(next.course);
      this.#fly(form ? this.#together(form) : [next], form);
    }
  }

  /** What is ready and may go by the form, as much as goes at once. @param {Form} form */
  #together(form) {
    const most = Math.min(TOGETHER_FILES, form.max_files);
    const flights = [];
    let bytes = 0;
    for (const flight of this.#prepared) {
      const { course } = flight;
      if (course.isInDoubt || !this.#formFor(course)) continue;
      bytes += course.item.size;
      if (flights.length && (flights.length >= most || bytes > TOGETHER_BYTES)) break;
      flights.push(flight);
    }
    return flights;
  }

  /** @param {Flight[]} flights @param {Form | null} form */
  #fly(flights, form) {
    const begun = new Set(flights);
    this.#prepared = this.#prepared.filter((flight) => !begun.has(flight));
    this.#flying += 1;
    const sending = form ? this.#post(form, flights) : this.#put(flights[0]);
    const sent = sending.finally(() => (this.#flying -= 1));
    for (const flight of flights) this.#attempt(flight, () => sent.then(() => this.#land(flight)));
  }

  /** @param {Flight} flight */
  #land({ course, number, signal }) {
    if (signal.aborted) return;
    course.arrived(number);
    this.pace.arrived();
    this.hooks.trouble(null);
    this.hooks.landed(course);
  }

  /** @param {Form} form @param {Flight[]} flights */
  async #post(form, flights) {
    const files = flights.map(({ course }) => ({ name: `${course.item.number}`, bytes: course.slice(1) }));
    try {
      await postForm(form, files, this.lots.signal);
    } catch (error) {
      if (Date.now() - this.#formFailedAt > 1000) this.#failedForms += 1;
      this.#formFailedAt = Date.now();
      throw error;
    }
    this.#failedForms = 0;
    for (const { bytes } of files) this.moved += bytes.size;
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
    const failures = course.failed(number);
    this.hooks.trouble(error.message);
    const isDoubtful = error instanceof Broken && error.isDoubtful;
    const mustAsk = isDoubtful || failures % ASK_AFTER_FAILURES === 0;
    if (mustAsk) course.doubt(number); // at once: the URLs of its other parts may be no good either
    await this.pace.rest();
    if (signal.aborted) return;
    if (mustAsk) return this.hooks.doubted(course);
    course.giveBack(number);
    this.hooks.freed(course);
  }
}

/** @param {Course} course */
function isSmall(course) {
  return course.item.size <= SMALL_BYTES;
}
