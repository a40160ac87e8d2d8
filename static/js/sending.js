// @ts-check
/** While files are on their way: what is shown of it, and what can be done about it. */

import { Refused, Unreachable, pause, post } from "./api.js";
import { matches } from "./again.js";
import { Figures } from "./figures.js";
import { complain, part, speak } from "./form.js";
import { keepAwake, warnOnLeaving } from "./page.js";
import { Sender } from "./parts.js";
import { listText, say, shownName } from "./words.js";

/** @typedef {import("./chosen.js").Chosen} Chosen */
/** @typedef {import("./course.js").Item} Item */
/** @typedef {import("./picked.js").Picked} Picked */
/** @typedef {{ number: number, name: string, size: number, modified: number, done: boolean }} Known */
/** @typedef {{ status: string, submit: string, cancel: string, upload: string, files: Known[] }} Announced */

const NAMED_AT_MOST = 5;
const sure = /** @type {HTMLDialogElement} */ (part("sure"));

/** An upload that the server knows, until it is handed over. */
export class Sending {
  #isOver = false; // then nobody is asked whether the page may be left
  #isHandedOver = false;

  /** @param {Announced} announced @param {Chosen} chosen */
  constructor(announced, chosen) {
    this.announced = announced;
    this.chosen = chosen;
    const bar = /** @type {HTMLProgressElement} */ (part("bar"));
    this.figures = new Figures(bar, part("figures"), speak);
    this.sender = new Sender(announced.upload, {
      changed: (item) => this.#changed(item),
      unreadable: (item) => this.#unreadable(item),
      trouble: (message) => this.#trouble(message),
      refused: (refusal) => this.#refused(refusal),
    });
    this.awake = keepAwake(() => this.isBusy);
    warnOnLeaving(() => this.isBusy && !this.#isOver);
    /** @type {HTMLAnchorElement} */ (part("address")).href = announced.status;
    part("pause-all").addEventListener("click", () => this.#pauseAll());
    for (const button of sure.querySelectorAll("button")) {
      button.addEventListener("click", () => sure.close(button.value));
    }
    this.#offerCancel();
    chosen.begin();
  }

  get isBusy() {
    return this.chosen.countOf("waiting", "going", "checking") > 0;
  }

  /** Send these; their files are at hand. @param {Item[]} items */
  add(items) {
    part("sending").hidden = false;
    this.sender.add(items);
  }

  /** @param {Item} item */
  #changed(item) {
    this.chosen.changed(item);
    this.endIfDone();
  }

  endIfDone() {
    const { count } = this.chosen;
    if (count && this.chosen.countOf("done") === count) this.#handOver();
  }

  /** What stands above the list; called after the list was painted. */
  painted() {
    const isPaused = !this.isBusy && this.chosen.countOf("paused") > 0;
    if (isPaused) this.#trouble(null);
    part("sending").hidden = !this.isBusy && !isPaused && this.chosen.countOf("again") > 0;
    const isStill = isPaused || !part("trouble").hidden;
    const moved = isStill ? null : this.sender.flights.moved;
    const files = { done: this.chosen.countOf("done"), all: this.chosen.count };
    this.figures.show(this.chosen.sentBytes, this.chosen.bytes, moved, files);
    part("sending-label").textContent = say(isPaused ? "label-paused" : "label-sending");
    const button = part("pause-all");
    button.hidden = !isPaused && !this.chosen.countOf("waiting", "going");
    button.textContent = say(isPaused ? "go-on" : "pause");
    this.#ask();
    this.awake();
  }

  // --- files that have to be chosen again -----------------------------------------------------

  /** Which files a person has to choose again; at the top, as the list may be long. */
  #ask() {
    const count = this.chosen.countOf("again");
    part("asking").hidden = !count;
    part("drop").hidden = !count;
    if (!count) return;
    const asked = this.chosen.items.filter(({ state }) => state === "again");
    const names = asked.slice(0, NAMED_AT_MOST).map(({ name }) => `\u2068${shownName(name)}\u2069`);
    if (count > names.length) names.push(say("more", { count: count - names.length }));
    part("asked").textContent = say("asked", { count, names: listText(names) });
  }

  /** Give the files back to the items that lack them. @param {Picked[]} picked */
  attach(picked) {
    complain("files", "");
    const found = matches(this.chosen.items, picked);
    const fit = found.flatMap(({ item, picked: { file }, verdict }) => {
      if (!item || verdict !== "ok") return [];
      item.file = file;
      this.chosen.complain(item, "");
      return [item];
    });
    for (const { item, verdict } of found) {
      if (item && verdict === "changed") this.chosen.complain(item, say("changed"));
    }
    complain("files", [...this.#strange(found, "strange"), ...this.#strange(found, "several")].join(" "));
    if (fit.length) this.add(fit);
  }

  /** @param {import("./again.js").Match[]} found @param {"strange" | "several"} verdict */
  #strange(found, verdict) {
    const names = found.filter((one) => one.verdict === verdict).map(({ picked }) => picked.name);
    if (!names.length) return [];
    const shown = names.slice(0, NAMED_AT_MOST).map((name) =>
      say("quoted", { name: `\u2068${shownName(name)}\u2069` }));
    if (names.length > shown.length) shown.push(say("more", { count: names.length - shown.length }));
    return [say(verdict, { count: names.length, names: listText(shown) })];
  }

  // --- pause, remove, cancel ------------------------------------------------------------------

  /** Pause one file, or let it go on. @param {Item} item */
  pause(item) {
    if (item.state === "paused") this.sender.add([item]);
    else this.sender.pause([item]);
    this.chosen.repaint();
  }

  #pauseAll() {
    const { items } = this.chosen;
    const isPausing = this.chosen.countOf("waiting", "going") > 0;
    if (isPausing) this.sender.pause(items);
    else this.sender.add(items.filter(({ state }) => state === "paused"));
    speak(say(isPausing ? "all-paused" : "sending"));
    this.chosen.repaint();
  }

  /** Take a file out of the upload, after a question if some of it was sent. @param {Item} item */
  async remove(item) {
    if (item.sent && !(await this.#isSure(item))) return;
    if (await this.sender.remove(item)) this.chosen.remove(item);
    else this.chosen.complain(item, say("last-one"));
    this.endIfDone();
  }

  /** @param {Item} item @returns {Promise<boolean>} */
  #isSure(item) {
    part("question").textContent = say("sure", { name: shownName(item.name) });
    sure.returnValue = "";
    sure.showModal();
    return new Promise((resolve) => {
      sure.addEventListener("close", () => resolve(sure.returnValue === "yes"), { once: true });
    });
  }

  /** The way back, once there is a job. */
  #offerCancel() {
    const section = /** @type {HTMLElement} */ (document.getElementById("cancel"));
    const way = /** @type {HTMLFormElement} */ (section.querySelector("form"));
    way.action = this.announced.cancel;
    way.addEventListener("submit", () => {
      this.#isOver = true;
      this.sender.stop();
    });
    section.hidden = false;
  }

  // --- trouble, and the end -------------------------------------------------------------------

  /** @param {Item} item */
  #unreadable(item) {
    this.chosen.complain(item, say("unreadable"));
    speak(say("unreadable"));
  }

  /** @param {string | null} message null: it is over */
  #trouble(message) {
    const shown = part("trouble");
    shown.hidden = message === null;
    if (message === null) return;
    shown.textContent = message || say(navigator.onLine ? "trouble" : "offline");
    this.chosen.repaint();
  }

  /** @param {Refused} refusal */
  #refused(refusal) {
    this.#isOver = true;
    // Handed over or cancelled, perhaps in another tab: the status page knows.
    if (refusal.status === 410) location.replace(this.announced.status);
    complain("form", refusal.message || say("failed"));
  }

  async #handOver() {
    if (this.#isHandedOver) return;
    this.#isHandedOver = true;
    this.chosen.lock(true);
    speak(say("all-sent"));
    for (let tries = 1; ; tries += 1) {
      try {
        await post(this.announced.submit);
        location.replace(this.announced.status); // 409 too: that page lists what is missing
        return;
      } catch (error) {
        if (!(error instanceof Unreachable)) return this.#refused(/** @type {Refused} */ (error));
        this.#trouble(error.message);
        await pause(tries, new AbortController().signal);
      }
    }
  }
}
