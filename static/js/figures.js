// @ts-check
/** How much is sent, how fast, and how long it will take: the bar and the line below it. */

import { countText, say, sizeText, timeText } from "./words.js";

const WINDOW_MS = 15_000;
const FIRST_GUESS_MS = 3_000;
const STEP_PERCENT = 25;

export class Figures {
  /** @type {{ at: number, moved: number }[]} */ #samples = [];
  #spokenPercent = 0;
  #title = document.title;

  /**
   * @param {HTMLProgressElement} bar @param {HTMLElement} line
   * @param {(text: string) => void} speak
   */
  constructor(bar, line, speak) {
    this.bar = bar;
    this.line = line;
    this.speak = speak;
  }

  /**
   * @param {number} sent @param {number} all
   * @param {number | null} moved bytes since the page opened; null while nothing moves
   * @param {{ done: number, all: number }} files
   */
  show(sent, all, moved, files) {
    const percent = all ? Math.floor((100 * sent) / all) : 100;
    const rate = moved === null ? this.#still() : this.#rate(moved);
    const texts = [say("figures", { sent: sizeText(sent), size: sizeText(all) })];
    if (files.all > 1) {
      texts.unshift(say("files", { done: countText(files.done), all: countText(files.all) }));
    }
    if (rate > 0 && sent < all) {
      texts.push(say("rate", { rate: sizeText(rate) }));
      texts.push(say("left", { time: timeText((all - sent) / rate) }));
    }
    this.bar.value = percent;
    this.line.textContent = texts.join(" · ");
    document.title = `${percent} % · ${this.#title}`;
    this.#speak(percent);
  }

  /** Bytes per second of the last moments; 0 while it is too early to tell. @param {number} moved */
  #rate(moved) {
    const at = performance.now();
    this.#samples.push({ at, moved });
    while (this.#samples.length > 2 && at - this.#samples[0].at > WINDOW_MS) this.#samples.shift();
    const first = this.#samples[0];
    return at - first.at < FIRST_GUESS_MS ? 0 : (1000 * (moved - first.moved)) / (at - first.at);
  }

  /** What was before a pause says nothing of what comes after it. */
  #still() {
    this.#samples = [];
    return 0;
  }

  /** Now and then only: nobody wants to hear every per cent. @param {number} percent */
  #speak(percent) {
    if (percent < this.#spokenPercent + STEP_PERCENT || percent >= 100) return;
    this.#spokenPercent = percent - (percent % STEP_PERCENT);
    this.speak(say("percent", { percent: this.#spokenPercent }));
  }
}
