// @ts-check
/** The page's texts, translated by the server, and numbers, sizes and times as people read them. */

const ofPage = document.documentElement.lang || "en";

/** The page's language, in the reader's own kind of it: 22/11/2026 in en-GB. */
export const language =
  navigator.languages.find((own) => own.split("-")[0] === ofPage.split("-")[0]) ?? ofPage;

const plurals = new Intl.PluralRules(language);
const UNITS = ["", "kB", "MB", "GB", "TB"];
// What turns the direction of the text after it, and control characters: jobs/wording.py's twin.
const MISLEADING = /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

/**
 * A text of the page's <template id="words">, with its {places} filled in.
 * With a `count` the form of that number is taken: "files-one", "files-other".
 * @param {string} word
 * @param {Record<string, string | number>} [values]
 */
export function say(word, values = {}) {
  const text = "count" in values
    ? find(`${word}-${plurals.select(Number(values.count))}`) ?? find(`${word}-other`)
    : find(word);
  return (text ?? word).replace(/\{(\w+)\}/g, (_, name) => String(values[name] ?? ""));
}

/** @param {string} word */
function find(word) {
  const words = /** @type {HTMLTemplateElement | null} */ (document.getElementById("words"));
  return words?.content.querySelector(`[data-word="${word}"]`)?.textContent;
}

/** "1,200". @param {number} count */
export function countText(count) {
  return new Intl.NumberFormat(language).format(count);
}

/**
 * In powers of ten, as file managers show it and as the server's messages say it.
 * @param {number} bytes
 */
export function sizeText(bytes) {
  let size = bytes;
  let unit = 0;
  while (size >= 1000 && unit < UNITS.length - 1) {
    size /= 1000;
    unit += 1;
  }
  const digits = unit && size < 100 ? 1 : 0;
  const format = { minimumFractionDigits: 0, maximumFractionDigits: digits };
  const shown = new Intl.NumberFormat(language, format).format(size);
  return `${shown} ${UNITS[unit] || say("bytes", { count: size })}`;
}

/**
 * "40 seconds", "12 minutes", "3 hours": no more exact than a guess may be.
 * @param {number} seconds
 */
export function timeText(seconds) {
  if (seconds < 55) return say("seconds", { count: Math.max(5, Math.ceil(seconds / 5) * 5) });
  if (seconds < 5400) return say("minutes", { count: Math.ceil(seconds / 60) });
  return say("hours", { count: Math.round(seconds / 3600) });
}

/** "a, b and c". @param {string[]} items */
export function listText(items) {
  return new Intl.ListFormat(language, { type: "conjunction" }).format(items);
}

/**
 * A file's name without the characters that make it look like another one.
 * @param {string} name
 */
export function shownName(name) {
  return name.replace(MISLEADING, "\ufffd");
}
