// @ts-check
/**
 * Sends files by parts, several at once, straight to the store.
 *
 * A file's course: queue ─ open ─▶ ready ─ its parts are claimed, and fly ─▶ full ─ complete.
 * The server's word counts: what it says is stored is not sent again, and a file is done when it
 * says so. Trouble is waited out for as long as the page is open.
 */

import { Refused } from "./api.js";
import { Course, Unreadable } from "./course.js";
import { Flights } from "./flights.js";
import { Lots, Stopped } from "./lots.js";

/** @typedef {import("./course.js").Item} Item */

const FIRST_LOT = 32; // the first bytes leave soon; each lot after it is twice as large
const LARGEST_LOT = 500;
const AHEAD_FILES = 250; // opened, and not yet begun
const AHEAD_BYTES = 256 * 2 ** 20;
const COMPLETED_AT_ONCE = 250;
const COMPLETED_AFTER_MS = 10_000;

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
  #isOpening = false;
  #isCompleting = false;
  #lot = FIRST_LOT;
  /** @type {ReturnType<typeof setTimeout> | undefined} */ #timer;
  #isLate = false;
  #stopping = new AbortController();

  /** @param {string} url of the upload @param {Hooks} hooks */
  constructor(url, hooks) {
    this.hooks = hooks;
    const trouble = (/** @type {string | null} */ message) => hooks.trouble(message);
    this.lots = new Lots(url, this.#stopping.signal, trouble);
    this.flights = new Flights(this.lots, {
      counted: (course) => this.#count(course),
      landed: (course) => this.#landed(course),
      doubted: (course) => this.#doubtful.add(course),
      freed: (course) => this.#ready.add(course),
      trouble,
      run: (work, course) => this.#run(work, course),
    });
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
    this.flights.pace.wake();
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
    this.flights.pace.wake();
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
    this.flights.launch();
    this.#completeLot();
  }

  #openAhead() {
    const lot = this.#isOpening ? [] : this.#nextLot();
    if (!lot.length) return;
    this.#isOpening = true;
    const signals = new Map(lot.map((course) => [course, course.signal]));
    this.#run(async () => {
      const told = new Set(await this.lots.open(lot).finally(() => (this.#isOpening = false)));
      for (const course of lot) {
        if (signals.get(course)?.aborted) continue;
        if (told.has(course)) this.#opened(course);
        else this.#leftOut(course);
      }
    });
  }

  /** It was not in the answer. Parts of one in doubt may be in the way of all others. @param {Course} course */
  #leftOut(course) {
    (course.isInDoubt ? this.#doubtful : this.#queue).add(course);
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
    if (course.needsProof) this.#run(() => course.prove().then(() => this.#fill(course)), course);
    this.#fill(course);
  }

  #prepareAhead() {
    for (const course of this.#ready) {
      while (this.flights.isRoomFor(course)) {
        const number = course.claim();
        if (!number) break;
        this.flights.prepare(course, number);
      }
      if (!this.flights.isRoomFor(course)) return;
      this.#ready.delete(course);
    }
  }

  // --- the end of a file ----------------------------------------------------------------------

  /** @param {Course} course */
  #landed(course) {
    this.#count(course);
    this.#fill(course);
  }

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
    const isIdle = this.flights.isIdle && !this.#isOpening;
    if (!isIdle && !this.#isLate && this.#full.size < COMPLETED_AT_ONCE) return;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#isLate = false;
    this.#isCompleting = true;
    const lot = [...this.#full].slice(0, COMPLETED_AT_ONCE);
    for (const course of lot) this.#full.delete(course);
    this.#run(async () => {
      const done = await this.lots.complete(lot).finally(() => (this.#isCompleting = false));
      for (const course of done) this.#end(course);
      const others = lot.filter((course) => !course.isDone);
      if (others.some((course) => !course.isFull)) await this.flights.pace.rest();
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
    this.#letGo(course); // another tab may have been faster
    course.item.sent = course.item.size;
    this.#state(course.item, "done");
  }

  // --- trouble --------------------------------------------------------------------------------

  /**
   * Do it, see to what goes wrong, and then to what can begin.
   * @param {() => Promise<void>} work @param {Course} [course] whose file may turn out unreadable
   */
  async #run(work, course) {
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
    this.hooks.refused(error instanceof Refused ? error : new Refused(0, {}));
    if (!(error instanceof Refused)) throw error;
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
