// @ts-check
/** Calls about many files at once, repeated until the server answers. docs/uploads.md. */

import { Refused, Unreachable, freshUntil, pause, post } from "./api.js";

/** @typedef {import("./course.js").Course} Course */

const SIGNED_AT_ONCE = 100;

/** @typedef {{ url: string, fields: Record<string, string>, max_files: number, max_bytes: number, until: number }} Form */

/** The page stopped sending. */
export class Stopped extends Error {}

/** The calls of one upload. */
export class Lots {
  /** @type {Set<Course>} */ #unsigned = new Set();
  /** @type {Promise<void> | null} */ #signing = null;
  /** @type {Form | null} */ #form = null;
  proofHeader = ""; // where the store verifies sums itself

  /**
   * @param {string} url of the upload @param {AbortSignal} signal
   * @param {(message: string | null) => void} trouble null: it is over
   */
  constructor(url, signal, trouble) {
    this.url = url;
    this.signal = signal;
    this.trouble = trouble;
  }

  /**
   * Ask how the files are cut and what of them is stored: the truth after any trouble.
   * @param {Course[]} courses
   * @returns {Promise<Course[]>} those that were answered for; the others have to be asked again
   */
  async open(courses) {
    const doubts = new Map(courses.map((course) => [course, course.doubts]));
    const answer = await this.#about(courses, "open", { files: numbersOf(courses) });
    if (!answer) return [];
    this.proofHeader = answer.sha256_header;
    this.#form = answer.form && { ...answer.form, until: freshUntil(answer.form.good_for_s) };
    const told = courses.filter(({ item }) => answer.files[item.number]);
    for (const course of told) {
      course.told(answer.files[course.item.number], answer.good_for_s, doubts.get(course) ?? []);
    }
    return told;
  }

  /**
   * A signed URL; those of the parts that come next are fetched along with it.
   * @param {Course} course @param {number} number
   */
  async signed(course, number) {
    for (let tries = 0; tries < 3; tries += 1) {
      const url = course.urlOf(number);
      if (url) return url;
      this.#unsigned.add(course);
      // Not at once: others may want some in this very moment.
      this.#signing ??= Promise.resolve().then(() => this.#sign()).finally(() => (this.#signing = null));
      await this.#signing;
    }
    throw new Unreachable();
  }

  async #sign() {
    const courses = [...this.#unsigned].slice(0, SIGNED_AT_ONCE);
    this.#unsigned.clear();
    const each = Math.floor(SIGNED_AT_ONCE / courses.length);
    const parts = Object.fromEntries(courses.map((one) => [one.item.number, one.unsigned(each)]));
    const answer = await this.#about(courses, "sign", { parts, sha256: sumsOf(courses) });
    if (!answer) return;
    for (const course of courses) course.sign(answer.urls[course.item.number] ?? {}, answer.good_for_s);
  }

  /**
   * Make whole files of stored parts; tells those courses that lack some after all.
   * @param {Course[]} courses
   * @returns {Promise<Course[]>} those that are done
   */
  async complete(courses) {
    const body = { files: numbersOf(courses), sha256: sumsOf(courses) };
    const answer = await this.#about(courses, "complete", body);
    if (!answer) return [];
    for (const course of courses) course.lacks(answer.missing?.[course.item.number] ?? []);
    const done = new Set(answer.done);
    return courses.filter(({ item }) => done.has(item.number));
  }

  /** By which small files may be sent together; null where there is none, or it is too old. */
  get form() {
    return this.#form && Date.now() < this.#form.until ? this.#form : null;
  }

  /** Take a file out of the upload. @param {number} number @returns {Promise<boolean>} false: it is the last one */
  async remove(number) {
    const { status } = await this.#post("delete", { files: [number] });
    return status !== 409;
  }

  /**
   * @param {Course[]} courses @param {string} call
   * @param {{ files?: number[], parts?: Record<string, number[]>, sha256?: Record<string, Record<string, string>> }} body
   * @returns {Promise<Record<string, any> | null>} null: a file was taken out meanwhile; ask anew
   */
  async #about(courses, call, body) {
    try {
      return (await this.#post(call, body)).answer;
    } catch (error) {
      const isOfRemoved = error instanceof Refused && error.status === 404;
      if (!isOfRemoved || !courses.some(({ isRemoved }) => isRemoved)) throw error;
      for (const course of courses) course.retell(body.sha256?.[course.item.number] ?? {});
      return null;
    }
  }

  /** @param {string} call @param {object} body */
  async #post(call, body) {
    for (let tries = 1; ; tries += 1) {
      if (this.signal.aborted) throw new Stopped();
      try {
        const said = await post(`${this.url}${call}`, body);
        this.trouble(null);
        return said;
      } catch (error) {
        if (!(error instanceof Unreachable)) throw error;
        if (!this.signal.aborted) this.trouble(error.message);
        await pause(tries, this.signal);
      }
    }
  }
}

/** @param {Course[]} courses */
function numbersOf(courses) {
  return courses.map(({ item }) => item.number);
}

/** @param {Course[]} courses */
function sumsOf(courses) {
  const all = courses.map((course) => [course.item.number, course.takeSums()]);
  return Object.fromEntries(all.filter(([, sums]) => Object.keys(sums).length));
}
