// The columns of the tree, and how a whole tree is packed for its way from the stream to a tab: numbers by their bytes,
// words that repeat once. What comes as objects would be taken apart and built again, one by one, on the thread that draws.

import { STATUSES } from "./text.js";

/**
 * @typedef {import("./stream.js").Metrics} Metrics
 * @typedef {typeof VALUES[number]} Value
 * @typedef {typeof TEXTS[number]} Text
 * @typedef {{words: string[], at: Uint32Array}} Words  each word once, and by row which it is
 * @typedef {{
 *   keys: string[], names: string[], parents: Int32Array, statuses: Uint8Array, parallel: Uint8Array,
 *   values: Partial<Record<Value, Float64Array>>, texts: Partial<Record<Text, Words>>, metrics: (Metrics | null)[] | null,
 *   branches: Uint32Array, counts: Uint32Array, shares: Float64Array,
 * }} Packed  by row, parents first; six counts and three shares for each branch
 */

/** NaN stands for unknown in these. */
export const VALUES = /** @type {const} */ (["fraction", "done", "total", "weight", "started", "stopped", "paused",
  "paused_at", "rate", "seconds_left", "low", "high", "estimate", "pid", "cpu", "heard", "lost", "markers", "lines"]);
/** And the empty string in these. */
export const TEXTS = /** @type {const} */ (["unit", "basis", "message", "host", "thread", "last_line"]);
/** What a value is when the wire leaves it out, other than unknown. @type {Partial<Record<Value, number>>} */
const DEFAULTS = { weight: 1, paused: 0, markers: 0, lines: 0 };
export const EMPTY = VALUES.map((name) => DEFAULTS[name] ?? NaN);

const RUNNING = STATUSES.indexOf("running");
const STATUS_INDEX = new Map(STATUSES.map((word, index) => [word, index]));

/** @param {string | undefined} word */
export const statusOf = (word) => STATUS_INDEX.get(word ?? "running") ?? RUNNING;

/** @param {string} key @param {string | undefined} name */
export const nameOf = (key, name) => name?.trim() || key.slice(key.lastIndexOf(".") + 1) || key;

/** @param {Record<string, any[]>} columns as the daemon has them: one that is left out has its default in every row @returns {Packed} */
export function pack({ key: keys = [], ...columns }) {
  const { name, status, parent, parallel, counts = [], shares, metrics } = columns, size = keys.length;
  const branches = keys.flatMap((_, row) => counts[row] ? [row] : []);
  return {
    keys, names: keys.map((key, row) => nameOf(key, name?.[row])), metrics: metrics ?? null,
    parents: filled(new Int32Array(size), (row) => parent?.[row] ?? -1),
    statuses: filled(new Uint8Array(size), (row) => statusOf(status?.[row])),
    parallel: filled(new Uint8Array(size), (row) => parallel?.[row] ? 1 : 0),
    values: Object.fromEntries(VALUES.flatMap((value) => columns[value] ? [[value, numbers(columns[value])]] : [])),
    texts: Object.fromEntries(TEXTS.flatMap((text) => columns[text] ? [[text, words(columns[text])]] : [])),
    branches: Uint32Array.from(branches), counts: Uint32Array.from(branches.flatMap((row) => counts[row])),
    shares: Float64Array.from(branches.flatMap((row) => shares?.[row] ?? [NaN, NaN, NaN])),
  };
}

/** In a loop: `from` with a function takes five times as long. @template {Int32Array | Uint8Array | Uint32Array | Float64Array} A @param {A} array @param {(row: number) => number} value */
function filled(array, value) {
  for (let row = 0; row < array.length; row++) array[row] = value(row);
  return array;
}

/** @param {unknown[]} column */
function numbers(column) {
  return filled(new Float64Array(column.length), (row) => {
    const value = column[row];
    return typeof value === "number" ? value : NaN;
  });
}

/** @param {unknown[]} column @returns {Words} */
function words(column) {
  /** @type {Map<string, number>} */
  const places = new Map();
  const at = filled(new Uint32Array(column.length), (row) => {
    const word = column[row] == null ? "" : String(column[row]), place = places.get(word);
    if (place === undefined) places.set(word, places.size);
    return place ?? places.size - 1;
  });
  return { words: [...places.keys()], at };
}
