// @ts-check
/** Keeps the status page fresh: asks for the part that changes, shows only what has changed. */

import { localise } from "./times.js";

const FASTEST_MS = 2_000;
const SLOWEST_MS = 15_000;
const HIDDEN_MS = 30_000;

const live = /** @type {HTMLElement} */ (document.getElementById("live"));
const spoken = /** @type {HTMLElement} */ (document.getElementById("spoken"));
const address = /** @type {string} */ (live.dataset.live);
/** @type {Map<string, string>} each section as it last came, its times as they are read here */
const sent = new Map([...live.children].map((section) => [section.id, section.outerHTML]));
let etag = "";
let wait = FASTEST_MS;
let timer = 0; // none while it looks: of two looks at once the older answer might be shown last

async function look() {
  clearTimeout(timer);
  timer = 0;
  let goesOn = true;
  try {
    goesOn = await refresh();
  } finally {
    if (goesOn) plan(); // also after a fault of ours, which the console tells
  }
}

/** @returns {Promise<boolean>} whether to look again */
async function refresh() {
  const headers = etag ? { "If-None-Match": etag } : undefined;
  let response, html;
  try {
    response = await fetch(address, { headers, cache: "no-store" });
    html = await response.text();
  } catch {
    wait = slower(); // no connection: the page stays as it is
    return true;
  }
  if (response.status === 404) {
    location.reload(); // this address has ended: it says why
    return false;
  }
  wait = response.status === 200 && show(html) ? FASTEST_MS : slower();
  if (response.ok) etag = response.headers.get("ETag") ?? "";
  return response.headers.get("X-Over") !== "1";
}

function slower() {
  return Math.min(SLOWEST_MS, wait * 1.5);
}

function plan() {
  clearTimeout(timer);
  timer = setTimeout(look, document.hidden ? HIDDEN_MS : wait);
}

/** @param {string} html @returns {boolean} something has changed */
function show(html) {
  const fresh = new DOMParser().parseFromString(html, "text/html").body;
  localise(fresh);
  const headline = document.getElementById("headline")?.textContent;
  let hasChanged = false;
  for (const section of [...fresh.children]) {
    if (sent.get(section.id) === section.outerHTML) continue;
    hasChanged = true;
    sent.set(section.id, section.outerHTML);
    put(section, fresh);
  }
  for (const old of [...live.children]) {
    if (fresh.querySelector(`#${old.id}`)) continue;
    hasChanged = true;
    sent.delete(old.id);
    old.remove(); // what cannot be done any more
  }
  tell(headline);
  return hasChanged;
}

/** @param {Element} section @param {Element} fresh */
function put(section, fresh) {
  const old = document.getElementById(section.id);
  const copy = /** @type {Element} */ (section.cloneNode(true));
  if (old) {
    const open = [...old.querySelectorAll("details")].map((one) => one.open);
    copy.querySelectorAll("details").forEach((one, index) => (one.open = open[index] ?? false));
    exchange(old, copy);
  } else {
    const after = section.previousElementSibling;
    const before = after && document.getElementById(after.id);
    if (before) before.after(copy);
    else live.prepend(copy);
  }
}

/** The keyboard stays where it was. @param {Element} old @param {Element} copy */
function exchange(old, copy) {
  const reachable = "a, button, summary";
  const at = [...old.querySelectorAll(reachable)].findIndex((one) => one === document.activeElement);
  old.replaceWith(copy);
  const again = /** @type {HTMLElement | undefined} */ (copy.querySelectorAll(reachable)[at]);
  again?.focus({ preventScroll: true });
}

/** Say a new headline once, aloud and in the tab. @param {string | null | undefined} before */
function tell(before) {
  const headline = document.getElementById("headline")?.textContent;
  if (!headline || headline === before) return;
  spoken.textContent = headline;
  document.title = document.title.replace(before ?? "", headline);
}

document.addEventListener("visibilitychange", () => {
  if (!document.hidden && timer) look();
});
plan();
