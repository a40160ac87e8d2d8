// @ts-check
/** SHA-256 sums of parts, as this computer reads them: what is stored is held against them. */

const PIECE_BYTES = 64 * 2 ** 20; // no more is ever read into memory at once
const AT_ONCE = 2;

/** Browsers offer it on https pages and on this very computer only; else there are no sums. */
export const canProve = Boolean(globalThis.crypto?.subtle);

/** A store that verifies sums takes them for parts of one piece. @param {Blob} bytes */
export function isOnePiece(bytes) {
  return bytes.size <= PIECE_BYTES;
}

/**
 * The sum of a part; of one over 64 MiB it is the sum of its pieces' sums (docs/uploads.md).
 * @param {Blob} bytes
 * @returns {Promise<Uint8Array>} 32 bytes
 * @throws {DOMException} the file can no longer be read
 */
export async function sumOf(bytes) {
  if (isOnePiece(bytes)) return inTurn(() => digest(bytes));
  const sums = [];
  for (let at = 0; at < bytes.size; at += PIECE_BYTES) {
    const piece = bytes.slice(at, at + PIECE_BYTES);
    sums.push(await inTurn(() => digest(piece)));
  }
  return digest(new Blob(sums));
}

/** @param {Blob} bytes */
async function digest(bytes) {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", await bytes.arrayBuffer()));
}

/** @type {(() => void)[]} */
const waiting = [];
let busy = 0;

/** @template T @param {() => Promise<T>} work @returns {Promise<T>} */
async function inTurn(work) {
  if (busy < AT_ONCE) busy += 1;
  else await new Promise((go) => waiting.push(() => go(null)));
  try {
    return await work();
  } finally {
    const next = waiting.shift();
    if (next) next();
    else busy -= 1;
  }
}

/** @param {Uint8Array} sum */
export function hex(sum) {
  return [...sum].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** @param {Uint8Array} sum */
export function base64(sum) {
  return btoa(String.fromCharCode(...sum));
}
