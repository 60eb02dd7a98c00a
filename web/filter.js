// The filter's little language: which tasks a line of words means.
//
//   words            in the name, the key or the message; "two words" as one
//   status:failed    also host:, thread:, name:, key:, message:, unit:
//   >10m  <5s        took longer, or less; in s, m, h, d
//   depth:<3         also depth:2, progress:>50 (percent), tasks:>100 (in it)
//   -word            not this

import { elapsed } from "./columns.js";
import { ALL, FAILED } from "./store.js";
import { STATUSES } from "./text.js";

/**
 * @typedef {import("./store.js").Store} Store
 * @typedef {(row: number) => boolean} Test
 */

const SECONDS = /** @type {Record<string, number>} */ ({ "": 1, s: 1, m: 60, h: 3600, d: 86400 });
const TERM = /(-?)(?:(\w+):)?("[^"]*"?|\S+)/gu;
const AMOUNT = /^([<>]?)=?([0-9]+(?:\.[0-9]+)?)([smhd]?)$/u;

/**
 * @param {string} query @param {Store} store @param {number} now
 * @returns {{matches: Uint8Array, count: number} | null} by row: 1 a match, 2 above one, 3 both; null for an empty query
 */
export function matching(query, store, now) {
  const tests = parse(query, store, now);
  if (tests.length === 0) return null;
  const matches = new Uint8Array(store.parent.length);
  let count = 0;
  for (let row = store.first[ALL]; row >= 0; row = store.after(row, true)) {
    if (!tests.every((test) => test(row))) continue;
    count++;
    matches[row] |= 1;
    for (let above = store.parent[row]; above !== ALL && !(matches[above] & 2); above = store.parent[above]) matches[above] |= 2;
  }
  return { matches, count };
}

/** @param {string} query @param {Store} store @param {number} now @returns {Test[]} */
function parse(query, store, now) {
  return [...query.matchAll(TERM)].map(([, not, field, raw]) => {
    const word = raw.replace(/^"|"$/gu, "").toLowerCase();
    const test = meaning(field?.toLowerCase() ?? "", word, store, now);
    return not ? (row) => !test(row) : test;
  });
}

/** @param {string} field @param {string} word @param {Store} store @param {number} now @returns {Test} */
function meaning(field, word, store, now) {
  const { texts } = store;
  const has = (/** @type {string[]} */ column, pattern = literal(word)) => (/** @type {number} */ row) => pattern.test(column[row]);
  switch (field) {
    case "status": return (row) => STATUSES[store.status[row]].startsWith(word);
    case "host": return has(texts.host);
    case "thread": return has(texts.thread);
    case "message": return has(texts.message);
    case "unit": return has(texts.unit);
    case "name": return has(store.name);
    case "key": return has(store.key);
    case "depth": return compared(word, (row) => store.depth[row]);
    case "progress": return compared(word, (row) => store.values.fraction[row] * 100);
    case "tasks": return compared(word, (row) => store.counts.subarray(row * 6, row * 6 + 6).reduce((sum, n) => sum + n, 0));
    case "failed": return (row) => store.counts[row * 6 + FAILED] > 0;
  }
  if (field === "" && /^[<>]/u.test(word) && AMOUNT.test(word)) return compared(word, (row) => elapsed(store, row, now));
  const text = literal(field ? `${field}:${word}` : word);
  return (row) => text.test(store.name[row]) || text.test(store.key[row]) || text.test(texts.message[row]);
}

/** In any case; an expression, since a lower-case copy of every text would cost ten times as much. @param {string} words */
const literal = (words) => new RegExp(words.replace(/[\\^$.*+?()[\]{}|]/gu, "\\$&"), "iu");

/** @param {string} word @param {(row: number) => number} value @returns {Test} */
function compared(word, value) {
  const [, sign, digits, unit] = AMOUNT.exec(word) ?? [];
  if (digits === undefined) return () => false;
  const wanted = Number(digits) * SECONDS[unit];
  if (sign === "<") return (row) => value(row) < wanted;
  return sign === ">" ? (row) => value(row) > wanted : (row) => Math.abs(value(row) - wanted) < 0.5;
}
