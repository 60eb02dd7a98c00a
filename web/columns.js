// The columns of the tree, what those of time say together, and how a whole tree is packed for its way from the stream to a
// tab: numbers by their bytes, words that repeat once. What comes as objects would be taken apart and built again, one by
// one, on the thread that draws.

import { LONGEST, STATUSES } from "./text.js";

/**
 * @typedef {import("./stream.js").Metrics} Metrics
 * @typedef {import("./stream.js").Marker} Marker
 * @typedef {import("./store.js").Store} Store
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
export const VALUES = /** @type {const} */ (["fraction", "done", "total", "weight", "started", "stopped", "asked", "paused",
  "paused_at", "rate", "seconds_left", "low", "high", "estimate", "pid", "cpu", "heard", "lost", "markers", "lines"]);
/** And the empty string in these. */
export const TEXTS = /** @type {const} */ (["unit", "basis", "message", "host", "thread"]);
/** What a value is when the wire leaves it out, other than unknown. @type {Partial<Record<Value, number>>} */
const DEFAULTS = { weight: 1, paused: 0, markers: 0, lines: 0 };
export const EMPTY = VALUES.map((name) => DEFAULTS[name] ?? NaN);

const RUNNING = STATUSES.indexOf("running"), FINISHED = STATUSES.indexOf("finished");
const STATUS_INDEX = new Map(STATUSES.map((word, index) => [word, index]));

/** Seconds without a word after which a running task is called quiet: most report far more often. */
const QUIET = 60;
/** @type {WeakMap<Store, {seen: number, notices: Map<string, Marker>}>} gathered anew when markers came or went */
const NOTICES = new WeakMap();

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

/** Fills a store's columns from row 1 on. @param {Packed} packed @param {import("./store.js").Store} store */
export function unpack({ names, statuses, parallel, values, texts, metrics, branches, counts, shares }, store) {
  const end = names.length + 1;
  VALUES.forEach((name, n) => {
    const packed = values[name];
    if (packed) store.values[name].set(packed, 1);
    else store.values[name].fill(EMPTY[n], 1, end);
  });
  for (const name of TEXTS) {
    const packed = texts[name], column = store.texts[name] = new Array(end).fill("");
    if (packed) for (let row = 1; row < end; row++) column[row] = packed.words[packed.at[row - 1]];
  }
  store.name = ["", ...names];
  store.metrics = metrics ? [null, ...metrics] : new Array(end).fill(null);
  store.status.set(statuses, 1);
  store.parallel.set(parallel, 1);
  store.shares.fill(NaN, 0, end * 3);
  branches.forEach((row, i) => {
    store.counts.set(counts.subarray(i * 6, i * 6 + 6), (row + 1) * 6);
    store.shares.set(shares.subarray(i * 3, i * 3 + 3), (row + 1) * 3);
  });
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

/** Seconds of work so far, pauses left out; NaN before the start. @param {Store} store @param {number} row @param {number} now */
export function elapsed(store, row, now) {
  const { started, stopped, paused, paused_at } = store.values;
  const end = isNaN(stopped[row]) ? isNaN(paused_at[row]) ? now : paused_at[row] : stopped[row];
  return Math.max(0, end - started[row] - paused[row]);
}

/** Seconds that a lock was waited for, or has been; NaN for what is none. @param {Store} store @param {number} row @param {number} now */
export function waitedFor(store, row, now) {
  const { asked, started, stopped } = store.values;
  return Math.max(0, (isNaN(started[row]) ? isNaN(stopped[row]) ? now : stopped[row] : started[row]) - asked[row]);
}

/** Seconds to go, counted down to the steady end, negative when overdue; NaN when unknown. @param {Store} store @param {number} row @param {number} now */
export function secondsLeft(store, row, now) {
  const left = store.status[row] === RUNNING ? runsFor(store, row, now) : store.values.seconds_left[row];
  return left > LONGEST ? NaN : left;
}

/** No longer than what it is in: of who is quiet, only that may have been told anew. @param {Store} store @param {number} row @param {number} now */
function runsFor(store, row, now) {
  let left = store.ends[row] - Math.max(now, store.at[row]);
  for (let above = store.parent[row]; above > 0; above = store.parent[above]) {
    const limit = store.status[above] === RUNNING ? store.ends[above] - Math.max(now, store.at[above]) : NaN;
    if (limit < left) left = limit;
  }
  return left;
}

/**
 * Between which seconds to go the end lies, four times in five; null while nobody can tell.
 * @param {Store} store @param {number} row @param {number} now @returns {{low: number, high: number} | null}
 */
export function secondsBetween(store, row, now) {
  const { low, high } = store.values, since = store.status[row] === RUNNING ? Math.max(0, now - store.at[row]) : 0;
  const found = { low: Math.max(0, low[row] - since), high: Math.max(0, high[row] - since) };
  return found.high <= LONGEST && found.high > 0 ? found : null;
}

/**
 * How long nothing was heard from a running task, nor from anything in it; 0 while that is no news. What is left was
 * told before, so it is not counted on.
 * @param {Store} store @param {number} row @param {number} now
 */
export function quietFor(store, row, now) {
  if (store.status[row] !== RUNNING) return 0;
  const seconds = now - store.lately[row];
  return seconds > QUIET && store.lately[row] > 0 ? seconds : 0;
}

/**
 * What is unusual about a task's present run, as the daemon told it: that it is late while it runs, or was too fast.
 * @param {Store} store @param {number} row
 */
export function unusual(store, row) {
  const notice = noticesOf(store).get(store.key[row]);
  if (!notice || notice.time < store.values.started[row]) return null;
  return store.status[row] === (notice.kind === "late" ? RUNNING : FINISHED) ? notice : null;
}

/** The newest notice of each task that has one. @param {Store} store @returns {Map<string, Marker>} */
function noticesOf(store) {
  const known = NOTICES.get(store);
  if (known?.seen === store.markersSeen) return known.notices;
  const told = store.markers.filter(({ kind }) => kind === "late" || kind === "fast");
  const notices = new Map(told.map((marker) => [marker.task, marker]));
  NOTICES.set(store, { seen: store.markersSeen, notices });
  return notices;
}
