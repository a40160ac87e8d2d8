// @ts-check
/** What this page takes, said as soon as files are chosen; uploads/rules.py's twin, which decides. */

import { say, shownName, sizeText } from "./words.js";

/** @typedef {import("./course.js").Item} Item */
/** @typedef {{ max_files: number, max_file_bytes: number, max_total_bytes: number, patterns: string[], accept_empty: boolean }} Rules */

/** @param {Rules} rules @param {number} count @param {number} bytes @returns {string} "" where all is well */
export function problemOfAll(rules, count, bytes) {
  const found = [];
  const { max_files: files, max_total_bytes: most } = rules;
  if (count > files) found.push(say("too-many", { count: files, chosen: count }));
  if (bytes > most) found.push(say("too-much", { total: sizeText(bytes), most: sizeText(most) }));
  return found.join(" ");
}

/** @param {Rules} rules @param {Item} item @returns {string} "" where all is well */
export function problemOf(rules, { name: own, size }) {
  const name = shownName(own);
  const { max_file_bytes: most, patterns } = rules;
  if (!size && !rules.accept_empty) return say("empty", { name });
  if (size > most) return say("too-large", { name, size: sizeText(size), most: sizeText(most) });
  if (!isWanted(own, patterns)) return say("unwanted", { name, patterns: patterns.join(", ") });
  return "";
}

/** @param {string} name @param {string[]} patterns */
function isWanted(name, patterns) {
  const base = name.slice(Math.max(name.lastIndexOf("/"), name.lastIndexOf("\\")) + 1);
  return !patterns.length || patterns.some((pattern) => expressionOf(pattern).test(base));
}

/** As Python's fnmatch reads it: * and ? and [abc] and [!abc]. @param {string} pattern */
function expressionOf(pattern) {
  const parts = pattern.match(/\[!?\]?[^\]]*\]|[^]/g) ?? [];
  const source = parts.map((part) => {
    if (part === "*") return ".*";
    if (part === "?") return ".";
    if (part.length === 1) return part.replace(/[\\^$.|+()[\]{}/-]/, "\\$&");
    const inner = part.slice(1, -1).replace(/[\\\]]/g, "\\$&");
    return `[${inner.startsWith("!") ? `^${inner.slice(1)}` : inner.replace(/^\^/, "\\^")}]`;
  });
  return new RegExp(`^${source.join("")}$`, "is");
}
