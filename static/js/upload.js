// @ts-check
/** The page that takes files: choose, announce, send by parts, hand over. docs/uploads.md. */

import { Refused, Unreachable, pause, post, randomUuid } from "./api.js";
import { Chosen } from "./chosen.js";
import { complain, email, form, given, part, speak } from "./form.js";
import { ofDrop, ofInput } from "./picked.js";
import { problemOf, problemOfAll } from "./rules.js";
import { Sending } from "./sending.js";
import { say } from "./words.js";

/** @typedef {import("./course.js").Item} Item */
/** @typedef {import("./picked.js").Picked} Picked */
/** @typedef {import("./sending.js").Announced} Announced */

const send = /** @type {HTMLButtonElement} */ (part("send"));
const rules = /** @type {import("./rules.js").Rules | null} */ (given("rules"));
const chosen = new Chosen(part("list"), part("total"), {
  changed: judgeAll,
  painted: () => sending?.painted(),
  remove: (item) => (sending ? sending.remove(item) : chosen.remove(item)),
  pause: (item) => sending?.pause(item),
});

/** @type {Sending | null} */
let sending = null;

// --- choosing ---------------------------------------------------------------------------------

/** @param {Picked[]} picked */
function take(picked) {
  if (sending) return sending.attach(picked);
  const problems = chosen.add(picked).map((item) => judge(item)).filter(Boolean);
  const heard = [part("total").textContent, part("files-error").textContent, problems[0]];
  if (picked.length) speak(heard.filter(Boolean).join(" "));
}

/** Is this a file that the page takes? @param {Item} item */
function judge(item) {
  const problem = rules ? problemOf(rules, item) : "";
  chosen.complain(item, problem);
  return problem;
}

/** Files came or went: are they too many, or too much? */
function judgeAll() {
  part("remove-all").hidden = Boolean(sending) || chosen.count < 2;
  if (!sending) complain("files", rules ? problemOfAll(rules, chosen.count, chosen.bytes) : "");
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
  part("remove-all").addEventListener("click", () => {
    chosen.clear();
    speak(say("all-removed"));
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
    const { page } = form.dataset; // when it was made, signed
    const website = /** @type {HTMLInputElement} */ (form.elements.namedItem("website")).value;
    const said = { email: email?.value ?? "", files, page, website };
    const { status, answer } = await announceOnce(said);
    if (status === 409) refuse(answer);
    else begin(/** @type {Announced} */ (answer));
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    refuse(error.answer);
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
  part("remove-all").hidden = isHeld || chosen.count < 2;
  part("drop").inert = isHeld;
}

/** Show each problem at its place and bring the keyboard to the first. @param {Record<string, any>} answer */
function refuse(answer) {
  hold(false);
  const { items } = chosen;
  const problems = /** @type {{ file: number | null, message: string }[]} */ (answer.files ?? []);
  const ofAll = problems.filter(({ file }) => file === null).map(({ message }) => message);
  const ofOne = problems.filter(({ file }) => file !== null);
  complain("email", (answer.email ?? []).join(" "));
  complain("files", ofAll.join(" "));
  for (const { file, message } of ofOne) chosen.complain(items[Number(file)], message);
  if (answer.email?.length) email?.focus();
  else if (ofAll.length) document.getElementById("pick-files")?.focus();
  else if (ofOne.length) chosen.focus(items[Number(ofOne[0].file)]);
  else complain("form", answer.message || say("failed"));
}

/** The server knows the files now: from here on a reload goes on. @param {Announced} answer */
function begin(answer) {
  complain("form", "");
  history.replaceState(null, "", answer.status);
  const { items } = chosen;
  answer.files.forEach(({ number }, index) => (items[index].number = number));
  sending = start(answer);
  chosen.lock(false);
  part("drop").inert = false; // it comes back when a file has to be chosen again
  speak(say("sending"));
  sending.add(items);
  part("sending-label").focus();
}

/** @param {Announced} answer */
function start(answer) {
  part("actions").hidden = true;
  form.querySelector("[data-part=accepted]")?.toggleAttribute("hidden", true);
  return new Sending(answer, chosen);
}

// --- going on after a reload ------------------------------------------------------------------

/** @param {Announced} answer @returns {Item[]} */
function itemsOf(answer) {
  return answer.files.map(({ number, name, size, modified, done }) => ({
    file: null, name, size, modified, number, state: done ? "done" : "again", sent: done ? size : 0,
  }));
}

listen();
const announced = /** @type {Announced | null} */ (given("announced"));
if (announced) {
  sending = start(announced);
  chosen.put(itemsOf(announced));
  sending.endIfDone();
} else {
  send.disabled = false;
}
