// @ts-check
/** The page that takes files: choose, announce, send by parts, hand over. docs/uploads.md. */

import { Refused, Unreachable, pause, post, randomUuid } from "./api.js";
import { Chosen } from "./chosen.js";
import { Figures } from "./figures.js";
import { keepAwake, warnOnLeaving } from "./page.js";
import { Sender } from "./parts.js";
import { ofDrop, ofInput } from "./picked.js";
import { say, shownName } from "./words.js";

/** @typedef {import("./course.js").Item} Item */
/** @typedef {import("./picked.js").Picked} Picked */
/** @typedef {{ number: number, name: string, size: number, modified: number, done: boolean }} Known */
/** @typedef {{ status: string, submit: string, cancel: string, upload: string, files: Known[] }} Announced */

const form = /** @type {HTMLFormElement} */ (document.getElementById("uploader"));
const email = /** @type {HTMLInputElement | null} */ (form.querySelector("input[type=email]"));
const send = /** @type {HTMLButtonElement} */ (part("send"));
const chosen = new Chosen(part("list"), part("total"), () => complain("files", ""));
const figures = new Figures(/** @type {HTMLProgressElement} */ (part("bar")), part("figures"), speak);

/** @type {Announced | null} */
let announced = null;
/** @type {Sender | null} */
let sender = null;

/** @param {string} name @returns {HTMLElement} */
function part(name) {
  return /** @type {HTMLElement} */ (form.querySelector(`[data-part="${name}"]`));
}

/** Say it to those who listen. @param {string} text */
function speak(text) {
  part("spoken").textContent = text;
}

// --- choosing ---------------------------------------------------------------------------------

/** @param {Picked[]} picked */
function take(picked) {
  if (announced) attach(picked);
  else chosen.add(picked);
  if (!announced && picked.length) speak(part("total").textContent ?? "");
}

function listen() {
  for (const input of /** @type {NodeListOf<HTMLInputElement>} */ (form.querySelectorAll(".picker"))) {
    input.addEventListener("change", () => take(ofInput(input)));
  }
  const drop = part("drop");
  document.addEventListener("dragover", (event) => {
    event.preventDefault(); // else the browser would leave the page for a file dropped beside it
    drop.classList.add("over");
  });
  document.addEventListener("dragleave", (event) => {
    if (!event.relatedTarget) drop.classList.remove("over");
  });
  document.addEventListener("drop", async (event) => {
    event.preventDefault();
    drop.classList.remove("over");
    if (event.dataTransfer && !drop.hidden && !drop.inert) take(await ofDrop(event.dataTransfer));
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    announce();
  });
}

// --- announcing -------------------------------------------------------------------------------

async function announce() {
  complain("email", "");
  complain("files", "");
  complain("form", "");
  chosen.complainNoMore();
  hold(true);
  const files = chosen.items.map(({ name, size, modified }) => ({ name, size, modified }));
  try {
    const { status, answer } = await announceOnce({ email: email?.value ?? "", files });
    if (status === 409) refuse(answer);
    else begin(/** @type {Announced} */ (answer));
  } catch (error) {
    refuse(error instanceof Refused ? error.answer : {});
  }
}

/**
 * Announce until there is an answer. By its name the server knows what it has heard before, so that
 * a lost answer makes no second job.
 * @param {object} said
 */
async function announceOnce(said) {
  const announcement = randomUuid();
  for (let tries = 1; ; tries += 1) {
    try {
      return await post(location.pathname, { ...said, announcement });
    } catch (error) {
      if (!(error instanceof Unreachable)) throw error;
      complain("form", say(navigator.onLine ? "unreached" : "offline"));
      await pause(tries, new AbortController().signal);
    }
  }
}

/** Nothing may change while the announcement is on its way. @param {boolean} isHeld */
function hold(isHeld) {
  send.disabled = isHeld;
  if (email) email.readOnly = isHeld;
  chosen.lock(isHeld);
  part("drop").inert = isHeld;
}

/** Show each problem at its place and bring the keyboard to the first. @param {Record<string, any>} answer */
function refuse(answer) {
  hold(false);
  const problems = /** @type {{ file: number | null, message: string }[]} */ (answer.files ?? []);
  const ofAll = problems.filter(({ file }) => file === null).map(({ message }) => message);
  const ofOne = problems.filter(({ file }) => file !== null);
  complain("email", (answer.email ?? []).join(" "));
  complain("files", ofAll.join(" "));
  for (const { file, message } of ofOne) chosen.complain(chosen.items[Number(file)], message);
  if (answer.email?.length) email?.focus();
  else if (ofAll.length) document.getElementById("pick-files")?.focus();
  else if (ofOne.length) chosen.focus(chosen.items[Number(ofOne[0].file)]);
  else complain("form", answer.message || say("failed"));
}

/** @param {"email" | "files" | "form"} where @param {string} message "" takes it away */
function complain(where, message) {
  const error = where === "form" ? part("form-error") : document.getElementById(`${where}-error`);
  if (!error) return;
  const isNew = error.textContent !== message;
  error.textContent = message;
  error.hidden = !message;
  if (where === "email") email?.setAttribute("aria-invalid", String(Boolean(message)));
  if (where === "form" && message && isNew) error.focus();
}

/** The server knows the files now: from here on a reload goes on. @param {Announced} answer */
function begin(answer) {
  announced = answer;
  complain("form", "");
  history.replaceState(null, "", answer.status);
  answer.files.forEach(({ number }, index) => (chosen.items[index].number = number));
  start(answer);
  speak(say("sending"));
  part("drop").hidden = true;
  part("drop").inert = false;
  part("sending").hidden = false;
  document.getElementById("sending-label")?.focus();
  chosen.items.forEach((item) => sender?.add(item));
}

/** @param {Announced} answer */
function start(answer) {
  chosen.lock();
  part("actions").hidden = true;
  form.querySelector("[data-part=accepted]")?.toggleAttribute("hidden", true);
  /** @type {HTMLAnchorElement} */ (part("address")).href = answer.status;
  sender = new Sender(answer.upload, { changed, unreadable, trouble, refused });
  offerCancel(answer);
  warnOnLeaving(() => Boolean(sender?.isBusy) && !isOver);
  keepAwake(() => Boolean(sender?.isBusy));
  changed();
}

let isOver = false; // then nobody is asked whether the page may be left

/** The way back, once there is a job. @param {Announced} answer */
function offerCancel(answer) {
  const section = /** @type {HTMLElement} */ (document.getElementById("cancel"));
  const way = /** @type {HTMLFormElement} */ (section.querySelector("form"));
  way.action = answer.cancel;
  way.addEventListener("submit", () => {
    isOver = true;
    sender?.stop();
  });
  section.hidden = false;
}

// --- going on after a reload ------------------------------------------------------------------

/** @param {Announced} answer */
function resume(answer) {
  announced = answer;
  start(answer);
  for (const { number, name, size, modified, done } of answer.files) {
    /** @type {Item} */
    const item = { file: null, name, size, modified, number, state: done ? "done" : "again", sent: done ? size : 0 };
    chosen.put(item);
    chosen.show(item);
  }
  changed();
}

/** Give the files back to the items that lack them. @param {Picked[]} picked */
function attach(picked) {
  complain("files", "");
  const strange = picked.filter((one) => !attachOne(one));
  if (strange.length) {
    complain("files", strange.map(({ name }) => say("strange", { name: shownName(name) })).join(" "));
  }
  part("drop").hidden = chosen.items.every((item) => item.state !== "again");
}

/** @param {Picked} picked @returns {boolean} it belongs to this upload */
function attachOne({ file, name }) {
  const alike = chosen.items.filter((item) => item.size === file.size && isSameName(item.name, name));
  const isUnchanged = (/** @type {Item} */ item) => !item.modified || item.modified === file.lastModified;
  const item = alike.find((one) => one.state === "again" && isUnchanged(one));
  if (item) {
    item.file = file;
    part("sending").hidden = false;
    chosen.complain(item, "");
    sender?.add(item);
    return true;
  }
  // Mixed with what was stored of the older one it would be neither.
  const changedOne = alike.find((one) => one.state === "again");
  if (changedOne) chosen.complain(changedOne, say("changed"));
  return alike.length > 0;
}

/** A file chosen out of a folder, or alone, is the same file. @param {string} a @param {string} b */
function isSameName(a, b) {
  return a === b || baseName(a) === baseName(b);
}

/** @param {string} name */
function baseName(name) {
  return name.slice(name.lastIndexOf("/") + 1);
}

// --- while sending ----------------------------------------------------------------------------

/** @param {Item} [item] */
function changed(item) {
  if (item) chosen.show(item);
  figures.show(chosen.sentBytes, chosen.bytes, sender?.moved ?? 0);
  if (announced && chosen.items.length && chosen.isDone) handOver(announced);
}

/** @param {Item} item */
function unreadable(item) {
  chosen.complain(item, say("unreadable"));
  speak(say("unreadable"));
  part("drop").hidden = false;
}

/** @param {string | null} message null: it is over */
function trouble(message) {
  const shown = part("trouble");
  shown.hidden = message === null;
  if (message !== null) shown.textContent = message || say(navigator.onLine ? "trouble" : "offline");
}

/** @param {Refused} refusal */
function refused(refusal) {
  // Handed over or cancelled, perhaps in another tab: the status page knows.
  if (refusal.status === 410 && announced) {
    isOver = true;
    location.replace(announced.status);
  }
  complain("form", refusal.message || say("failed"));
}

let isHandedOver = false;

/** @param {Announced} answer */
async function handOver(answer) {
  if (isHandedOver) return;
  isHandedOver = true;
  speak(say("all-sent"));
  for (let tries = 1; ; tries += 1) {
    try {
      await post(answer.submit);
      location.replace(answer.status); // 409 too: that page lists what is missing
      return;
    } catch (error) {
      if (!(error instanceof Unreachable)) return refused(/** @type {Refused} */ (error));
      trouble(error.message);
      await pause(tries, new AbortController().signal);
    }
  }
}

const known = document.getElementById("announced")?.textContent;
listen();
if (known) resume(JSON.parse(known));
else send.disabled = false;
