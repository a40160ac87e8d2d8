// @ts-check
/** Shows each <time> in the reader's own zone; without this script it is the site's. */

import { language } from "./words.js";

const format = new Intl.DateTimeFormat(language, { dateStyle: "long", timeStyle: "short" });

/** @param {ParentNode} within */
export function localise(within) {
  for (const time of /** @type {NodeListOf<HTMLTimeElement>} */ (within.querySelectorAll("time"))) {
    const at = new Date(time.dateTime);
    if (Number.isNaN(at.getTime())) continue;
    time.textContent = format.format(at);
    time.title = at.toISOString();
  }
}

localise(document);
