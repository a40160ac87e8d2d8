// @ts-check
/** Shows each <time> in the reader's own zone; without this script it is the site's. */

import { language } from "./words.js";

// As jobs/wording.py writes it on the server and in letters: "22 November 2026, 14:05 CET".
const day = new Intl.DateTimeFormat(language, { dateStyle: "long" });
const hour = new Intl.DateTimeFormat(language, {
  hour: "2-digit",
  minute: "2-digit",
  timeZoneName: "short",
});

/** @param {ParentNode} within */
export function localise(within) {
  for (const time of /** @type {NodeListOf<HTMLTimeElement>} */ (within.querySelectorAll("time"))) {
    const at = new Date(time.dateTime);
    if (Number.isNaN(at.getTime())) continue;
    time.textContent = `${day.format(at)}, ${hour.format(at)}`;
    time.title = at.toISOString();
  }
}

localise(document);
