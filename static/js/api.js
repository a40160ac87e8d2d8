// @ts-check
/** Calls to our own server, and PUTs to the store: what may be tried again, and when. */

const CALL_TIMEOUT_MS = 120_000;
const STALL_MS = 60_000;
const FORM_TIMEOUT_MS = 120_000; // its progress cannot be seen
const LONGEST_PAUSE_MS = 30_000;
const UNSEEN_BYTES = 16 * 2 ** 20; // may have gone out since the browser last told of progress

/** The server answered, and asking again is no use. */
export class Refused extends Error {
  /** @param {number} status @param {Record<string, any>} answer */
  constructor(status, answer) {
    super(typeof answer.message === "string" ? answer.message : "");
    this.status = status;
    this.answer = answer;
  }
}

/** No answer, or one that says "later". */
export class Unreachable extends Error {}

/** A PUT that failed. The store's refusals have mostly no CORS headers: they look like a dead line. */
export class Broken extends Unreachable {
  /** @param {boolean} isDoubtful the part may be stored all the same, or its URL is no good */
  constructor(isDoubtful) {
    super();
    this.isDoubtful = isDoubtful;
  }
}

/**
 * POST JSON to our server. 409 is an answer like 200: something is still missing.
 * @param {string} url @param {object} [body]
 * @returns {Promise<{status: number, answer: Record<string, any>}>}
 * @throws {Refused | Unreachable}
 */
export async function post(url, body = {}) {
  const response = await reach(url, body);
  const answer = await response.json().catch(() => null);
  const { status } = response;
  if (response.ok && answer === null) throw new Unreachable(); // broken off in the middle
  if (response.ok || status === 409) return { status, answer: answer ?? {} };
  // 429 with a message is our own word, of a day's limit; without one it is some proxy's.
  const isLater = status >= 500 || status === 408 || (status === 429 && !answer?.message);
  if (isLater) throw new Unreachable(answer?.message ?? "");
  throw new Refused(status, answer ?? {});
}

/** @param {string} url @param {object} body */
async function reach(url, body) {
  try {
    return await fetch(url, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(CALL_TIMEOUT_MS),
    });
  } catch {
    throw new Unreachable();
  }
}

/**
 * PUT bytes to the store; given up when nothing has moved for a minute.
 * @param {string} url @param {Blob} bytes
 * @param {object} options
 * @param {Record<string, string>} options.headers
 * @param {(loaded: number) => void} options.progress
 * @param {AbortSignal} options.signal
 * @returns {Promise<void>}
 * @throws {Broken}
 */
export function put(url, bytes, { headers, progress, signal }) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    const stop = () => request.abort();
    let stalled = setTimeout(stop, STALL_MS);
    let sent = 0;
    request.upload.onprogress = ({ loaded }) => {
      clearTimeout(stalled);
      stalled = setTimeout(stop, STALL_MS);
      progress((sent = loaded));
    };
    request.onloadend = () => {
      clearTimeout(stalled);
      signal.removeEventListener("abort", stop);
      if (request.status >= 200 && request.status < 300) resolve();
      else reject(new Broken(request.status > 0 || bytes.size - sent <= UNSEEN_BYTES));
    };
    signal.addEventListener("abort", stop);
    request.open("PUT", url);
    const all = { "Content-Type": "application/octet-stream", ...headers };
    for (const [name, value] of Object.entries(all)) request.setRequestHeader(name, value);
    request.send(bytes);
  });
}

/**
 * POST small files to the store by one form. Nobody may listen to its progress: then it would be no
 * simple request any more, and the browser would ask for leave first (fetch.spec.whatwg.org).
 * @param {{ url: string, fields: Record<string, string> }} form
 * @param {{ name: string, bytes: Blob }[]} files @param {AbortSignal} signal
 * @returns {Promise<void>}
 * @throws {Broken}
 */
export async function postForm(form, files, signal) {
  const body = new FormData();
  for (const [name, value] of Object.entries(form.fields)) body.append(name, value);
  for (const { name, bytes } of files) body.append("file", bytes, name);
  const over = new AbortController();
  const stop = () => over.abort();
  const timer = setTimeout(stop, FORM_TIMEOUT_MS);
  signal.addEventListener("abort", stop);
  try {
    const response = await fetch(form.url, { method: "POST", body, signal: over.signal });
    if (!response.ok) throw new Broken(true);
  } catch {
    throw new Broken(true); // a dead line and most refusals look alike
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", stop);
  }
}

/** Until when what is signed now is used: well before it expires. @param {number} goodForS */
export function freshUntil(goodForS) {
  return Date.now() + (goodForS * 1000 * 5) / 6;
}

/** A UUID; `crypto.randomUUID` is there on https pages only. @returns {string} */
export function randomUuid() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40; // RFC 9562: version 4,
  bytes[8] = (bytes[8] & 0x3f) | 0x80; // variant 1
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

/**
 * Wait before try number `tries`: longer each time, never all browsers at once; the connection's
 * return ends the waiting.
 * @param {number} tries from 1
 * @param {AbortSignal} signal
 * @returns {Promise<void>}
 */
export function pause(tries, signal) {
  const longest = Math.min(LONGEST_PAUSE_MS, 500 * 2 ** Math.min(tries, 10));
  return new Promise((resolve) => {
    const go = () => {
      clearTimeout(timer);
      window.removeEventListener("online", go);
      signal.removeEventListener("abort", go);
      resolve();
    };
    const timer = setTimeout(go, longest * (0.5 + Math.random() / 2));
    window.addEventListener("online", go);
    signal.addEventListener("abort", go);
  });
}
