// @ts-check
/**
 * Sends files by parts, several at once, straight to the store.
 *
 * A file's course: queue ─ open ─▶ ready ─ its parts are claimed, prepared, flown ─▶ full ─ complete.
 * The server's word counts: what it says is stored is not sent again, and a file is done when it
 * says so. Trouble is waited out for as long as the page is open.
 */

import { Broken, Refused, Unreachable, put } from "./api.js";
import { Course, Unreadable } from "./course.js";
import { Lots, Stopped } from "./lots.js";
import { Pace } from "./pace.js";
import { base64, isOnePiece } from "./proof.js";

/** @typedef {import("./course.js").Item} Item */
/** @typedef {{ course: Course, number: number, signal: AbortSignal, sum: Uint8Array | null }} Flight */

const SMALL_BYTES = 4 * 2 ** 20;
const FIRST_LOT = 32; // the first bytes leave soon; each lot after it is twice as large
const LARGEST_LOT = 500;
const AHEAD_FILES = 250; // opened, and not yet begun
const AHEAD_BYTES = 256 * 2 ** 20;
const COMPLETED_AT_ONCE = 250;
const COMPLETED_AFTER_MS = 10_000;
const ASK_AFTER_FAILURES = 3;

/**
 * @typedef {object} Hooks
 * @property {(item: Item) => void} changed its state or its number of bytes
 * @property {(item: Item) => void} unreadable its bytes can no longer be read
 * @property {(message: string | null) => void} trouble null: it is over
 * @property {(refusal: Refused) => void} refused the server takes nothing more
 */

/** The parallel sender of one upload. */
export class Sender {
  /** @type {Map<Item, Course>} */ #courses = new Map();
  /** @type {Set<Course>} to be opened */ #queue = new Set();
  /** @type {Set<Course>} to be opened again, and first */ #doubtful = new Set();
  /** @type {Set<Course>} opened; some of its parts may be free */ #ready = new Set();
  /** @type {Set<Course>} all is stored */ #full = new Set();
  /** @type {Flight[]} */ #prepared = [];
  #preparing = 0;
  #flying = 0;
  #isOpening = false;
  #isCompleting = false;
  #lot = FIRST_LOT;
  /** @type {ReturnType<typeof setTimeout> | undefined} */ #timer;
  #isLate = false;
  #pace = new Pace();
  #stopping = new AbortController();
  moved = 0; // bytes that went out since the page was opened, for the rate

  /** @param {string} url of the upload @param {Hooks} hooks */
  constructor(url, hooks) {
    this.hooks = hooks;
    this.lots = new Lots(url, this.#stopping.signal, (message) => hooks.trouble(message));
  }

  // --- what the page asks for -----------------------------------------------------------------

  /** Send these; their files are at hand. @param {Item[]} items */
  add(items) {
    for (const item of items) {
      const course = this.#courses.get(item) ?? new Course(item);
      this.#courses.set(item, course);
      this.#queue.add(course);
      this.#state(item, "waiting");
    }
    this.#pace.wake();
    this.#pump();
  }

  /** Hold these back at once; what is stored stays stored. @param {Item[]} items */
  pause(items) {
    for (const item of items) {
      const course = this.#courses.get(item);
      if (!course || (item.state !== "waiting" && item.state !== "going")) continue;
      this.#letGo(course);
      item.sent = course.sent;
      this.#state(item, "paused");
    }
    this.#pump();
  }

  /**
   * Take a file out of the upload.
   * @param {Item} item @returns {Promise<boolean>} false: it is the last one, and stays
   */
  async remove(item) {
    const isSending = item.state === "waiting" || item.state === "going";
    this.pause([item]); // else a part might arrive after the deletion
    const course = this.#courses.get(item);
    if (course) course.isRemoved = true;
    const isTaken = await this.lots.remove(item.number).catch((error) => this.#failed(error));
    if (isTaken && course) this.#letGo(course);
    if (isTaken) this.#courses.delete(item);
    else if (course) course.isRemoved = false;
    if (!isTaken && isSending) this.add([item]);
    else if (!isTaken && course && item.state === "checking") this.#goOn(course);
    return Boolean(isTaken);
  }

  /** Stop at once, for good; what is stored stays stored. */
  stop() {
    this.#stopping.abort();
    this.#pace.wake();
    for (const course of this.#courses.values()) course.halt();
  }

  /** @param {Course} course */
  #letGo(course) {
    course.halt();
    for (const set of [this.#queue, this.#doubtful, this.#ready, this.#full]) set.delete(course);
  }

  // --- the pump: whatever can begin, begins ---------------------------------------------------

  #pump() {
    if (this.#stopping.signal.aborted) return;
    this.#openAhead();
    this.#prepareAhead();
    this.#launch();
    this.#completeLot();
  }

  #openAhead() {
    const lot = this.#isOpening ? [] : this.#nextLot();
    if (!lot.length) return;
    this.#isOpening = true;
    const signals = new Map(lot.map((course) => [course, course.signal]));
    this.#guarded(async () => {
      const told = new Set(await this.lots.open(lot).finally(() => (this.#isOpening = false)));
      for (const course of lot) {
        if (signals.get(course)?.aborted) continue;
        if (told.has(course)) this.#opened(course);
        else this.#queue.add(course);
      }
    });
  }

  #nextLot() {
    const lot = [...this.#doubtful].slice(0, LARGEST_LOT);
    for (const course of lot) this.#doubtful.delete(course);
    if (this.#isEnoughReady()) return lot;
    let bytes = 0;
    for (const course of this.#queue) {
      if (lot.length >= this.#lot || bytes > AHEAD_BYTES) break;
      bytes += course.item.size;
      lot.push(course);
      this.#queue.delete(course);
    }
    if (lot.length >= this.#lot) this.#lot = Math.min(2 * this.#lot, LARGEST_LOT);
    return lot;
  }

  #isEnoughReady() {
    if (this.#ready.size >= AHEAD_FILES) return true;
    let bytes = 0;
    for (const { item } of this.#ready) if ((bytes += item.size) > AHEAD_BYTES) return true;
    return false;
  }

  /** @param {Course} course */
  #opened(course) {
    if (course.isDone) return this.#end(course);
    this.#ready.add(course);
    this.#state(course.item, "going");
    this.#count(course);
    if (course.needsProof) this.#guarded(() => course.prove().then(() => this.#fill(course)), course);
    this.#fill(course);
  }

  /** Sums are made and URLs fetched before a connection is free for them. */
  #prepareAhead() {
    for (const course of this.#ready) {
      while (this.#preparing + this.#prepared.length < this.#pace.limit(isSmall(course))) {
        const number = course.claim();
        if (!number) break;
        this.#prepare({ course, number, signal: course.signal, sum: null });
      }
      if (this.#preparing + this.#prepared.length >= this.#pace.limit(isSmall(course))) return;
      this.#ready.delete(course);
    }
  }

  /** @param {Flight} flight */
  #prepare(flight) {
    const { course, number } = flight;
    this.#preparing += 1;
    this.#attempt(flight, async () => {
      const both = Promise.all([course.sum(number), this.lots.signed(course, number)]);
      [flight.sum] = await both.finally(() => (this.#preparing -= 1));
      this.#prepared.push(flight);
    });
  }

  #launch() {
    this.#prepared = this.#prepared.filter(({ signal }) => !signal.aborted);
    while (this.#prepared.length && !this.#pace.isResting) {
      if (this.#flying >= this.#pace.limit(isSmall(this.#prepared[0].course))) return;
      this.#fly(/** @type {Flight} */ (this.#prepared.shift()));
    }
  }

  // --- one part -------------------------------------------------------------------------------

  /** @param {Flight} flight */
  #fly(flight) {
    const { course, number, signal } = flight;
    this.#flying += 1;
    this.#attempt(flight, async () => {
      await this.#put(flight).finally(() => (this.#flying -= 1));
      if (signal.aborted) return;
      course.arrived(number);
      this.#pace.arrived();
      this.hooks.trouble(null);
      this.#count(course);
      this.#fill(course);
    });
  }

  /** @param {Flight} flight @param {() => Promise<void>} work */
  #attempt(flight, work) {
    this.#guarded(async () => {
      try {
        await work();
      } catch (error) {
        if (!flight.signal.aborted) await this.#afterFailure(flight, error);
      }
    }, flight.course);
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
    this.#count(course);
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
    await this.#pace.rest();
    if (signal.aborted) return;
    if ((error instanceof Broken && error.isDoubtful) || failures % ASK_AFTER_FAILURES === 0) {
      course.doubt(number);
      this.#doubtful.add(course);
    } else {
      course.giveBack(number);
      this.#ready.add(course);
    }
  }

  // --- the end of a file ----------------------------------------------------------------------

  /** @param {Course} course */
  #fill(course) {
    if (!course.isFull || course.item.state !== "going") return;
    this.#ready.delete(course);
    this.#full.add(course);
    this.#state(course.item, "checking");
    this.#timer ??= setTimeout(() => {
      this.#isLate = true;
      this.#pump();
    }, COMPLETED_AFTER_MS);
  }

  /** Many at a time; but nobody waits long, nor when nothing else is left to do. */
  #completeLot() {
    if (this.#isCompleting || !this.#full.size) return;
    const isIdle = !this.#flying && !this.#preparing && !this.#prepared.length && !this.#isOpening;
    if (!isIdle && !this.#isLate && this.#full.size < COMPLETED_AT_ONCE) return;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#isLate = false;
    this.#isCompleting = true;
    const lot = [...this.#full].slice(0, COMPLETED_AT_ONCE);
    for (const course of lot) this.#full.delete(course);
    this.#guarded(async () => {
      const done = await this.lots.complete(lot).finally(() => (this.#isCompleting = false));
      for (const course of done) this.#end(course);
      const others = lot.filter((course) => !course.isDone);
      if (others.some((course) => !course.isFull)) await this.#pace.rest();
      for (const course of others) this.#goOn(course);
    });
  }

  /** Some of it is missing after all, or the answer said nothing of it. @param {Course} course */
  #goOn(course) {
    if (this.#courses.get(course.item) !== course || course.isRemoved) return; // taken out meanwhile
    this.#ready.add(course);
    this.#state(course.item, "going");
    this.#fill(course);
  }

  /** @param {Course} course */
  #end(course) {
    course.isDone = true;
    if (this.#courses.get(course.item) !== course) return;
    course.item.sent = course.item.size;
    this.#state(course.item, "done");
  }

  // --- trouble --------------------------------------------------------------------------------

  /**
   * Do it, see to what goes wrong, and then to what can begin.
   * @param {() => Promise<void>} work @param {Course} [course] whose file may turn out unreadable
   */
  async #guarded(work, course) {
    try {
      await work();
    } catch (error) {
      if (error instanceof Unreadable && course) this.#isUnreadable(course);
      else this.#failed(error);
    }
    this.#pump();
  }

  /** @param {Course} course */
  #isUnreadable(course) {
    const { item } = course;
    if (this.#courses.get(item) !== course) return; // another part of it has said so
    this.#letGo(course);
    this.#courses.delete(item);
    item.file = null;
    item.sent = 0;
    this.#state(item, "again");
    this.hooks.unreadable(item);
  }

  /** @param {unknown} error */
  #failed(error) {
    if (error instanceof Stopped) return;
    this.stop();
    if (error instanceof Refused) this.hooks.refused(error);
    else throw error;
  }

  /** @param {Course} course */
  #count(course) {
    if (course.isDone || this.#courses.get(course.item) !== course) return;
    course.item.sent = course.sent;
    this.hooks.changed(course.item);
  }

  /** @param {Item} item @param {Item["state"]} state */
  #state(item, state) {
    item.state = state;
    this.hooks.changed(item);
  }
}

/** @param {Course} course */
function isSmall(course) {
  return course.item.size <= SMALL_BYTES;
}
