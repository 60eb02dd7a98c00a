// The tree in the browser: columns of numbers and strings, so that 100,000 tasks cost no objects.

import { EMPTY, nameOf, statusOf, TEXTS, unpack, VALUES } from "./columns.js";

/**
 * @typedef {import("./stream.js").View} View
 * @typedef {import("./stream.js").Change} Change
 * @typedef {import("./stream.js").Marker} Marker
 * @typedef {import("./columns.js").Value} Value
 */

/** What there is of each row beside what the wire brings. */
const LINKS = /** @type {const} */ (["parent", "first", "last", "next", "previous", "depth"]);
const MARKS = /** @type {const} */ (["status", "parallel", "open", "kept", "dirty"]);
const TIMES = /** @type {const} */ (["at", "ends", "lately"]);
/** Room for tasks to come, as a share of those that are there: each costs 250 bytes, also while it is empty. */
const SPARE = 1.25;

/** The newest are kept: pages stay open for weeks. */
export const MARKERS = 20_000;
export const WAITING = 0, RUNNING = 1, PAUSED = 2, FINISHED = 3, FAILED = 4, CANCELED = 5;
/** The row that stands for everything: parent of all roots, so that no walk needs a special case. */
export const ALL = 0;
const NONE = -1;

/** Trees smaller than this open whole; in larger ones only the first two levels do. */
const SMALL = 300;
/** A new estimate must differ by this share of what is left (or by 2 s) before the shown end moves: no flicker. */
const HYSTERESIS = 0.05;
/** Who had the last word on whether a branch is open: the default, the user, the rule in fold.js, or follow.js for a while. */
export const BY_HAND = 1, BY_ITSELF = 2, FOLLOWED = 3;

export class Store {
  constructor() {
    /** Grows whenever rows come, go, move, open or close. */
    this.shape = 0;
    /** Grows whenever a status changes. */
    this.turns = 0;
    /** Grows whenever something begins, or has not begun after all. */
    this.starts = 0;
    /** Grows whenever rows go, move, or are all replaced: what others keep by row is worth nothing then. */
    this.uprooted = 0;
    this.size = 0;
    /** @type {Marker[]} in the order of their arrival */
    this.markers = [];
    this.markersSeen = 0;
    this.parent = this.first = this.last = this.next = this.previous = this.depth = new Int32Array(0);
    this.status = this.parallel = this.open = this.kept = this.dirty = new Uint8Array(0);
    this.at = this.ends = this.lately = this.shares = new Float64Array(0);
    this.counts = new Uint32Array(0);
    this.values = /** @type {Record<Value, Float64Array>} */ ({});
    /** @type {Float64Array[]} the same by number: asking by name costs more than writing */
    this._columns = [];
    /** @type {Set<number>} branches that fold.js has to look at */
    this.due = new Set();
    /** Just loaded: nobody has looked at it yet. */
    this.fresh = false;
    this._end = 1;
    this._clear(1024);
  }

  /** @param {number} capacity */
  _clear(capacity) {
    /** @type {Map<string, number> | null} */
    this._byKey = new Map();
    /** @type {number[]} */
    this._free = [];
    this.due.clear();
    this._end = 1;
    this.size = 0;
    /** @type {string[]} */
    this.key = [""];
    /** @type {string[]} */
    this.name = [""];
    /** @type {(import("./stream.js").Metrics | null)[]} */
    this.metrics = [null];
    /** @type {Record<import("./columns.js").Text, string[]>} */
    this.texts = /** @type {any} */ (Object.fromEntries(TEXTS.map((name) => [name, [""]])));
    this._allocate(capacity);
    this.parent[ALL] = this.first[ALL] = this.last[ALL] = this.next[ALL] = this.previous[ALL] = NONE;
    this.open[ALL] = 1;
  }

  /** @param {number} capacity */
  _allocate(capacity) {
    const fresh = this._end === 1;
    /** @template {Int32Array | Uint8Array | Uint32Array | Float64Array} A @param {A} old @param {A} grown @returns {A} */
    const keep = (old, grown) => {
      if (!fresh) grown.set(old);
      return grown;
    };
    for (const name of LINKS) this[name] = keep(this[name], new Int32Array(capacity));
    for (const name of MARKS) this[name] = keep(this[name], new Uint8Array(capacity));
    for (const name of TIMES) this[name] = keep(this[name], new Float64Array(capacity));
    this.counts = keep(this.counts, new Uint32Array(capacity * 6));
    this.shares = keep(this.shares, new Float64Array(capacity * 3));
    for (const name of VALUES) this.values[name] = keep(this.values[name], new Float64Array(capacity));
    this._columns = VALUES.map((name) => this.values[name]);
  }

  /** Rows by key: not made before somebody asks, so that the first rows are seen sooner. @returns {Map<string, number>} */
  get _rows() {
    if (this._byKey) return this._byKey;
    const rows = this._byKey = new Map();
    for (let row = 1; row < this._end; row++) rows.set(this.key[row], row);
    return rows;
  }

  /** Replaces everything; what was opened stays open. @param {import("./stream.js").Snapshot} snapshot */
  load({ columns, now, markers = [] }) {
    const opened = new Map([...this._rows].map(([key, row]) => [key, [this.open[row], this.kept[row]]]));
    const { keys, parents } = columns;
    this._clear(Math.max(1024, Math.ceil(keys.length * SPARE)));
    this.key = ["", ...keys];
    this.size = keys.length;
    this._end = this.size + 1;
    this._byKey = null;
    this.first.fill(NONE, 1, this._end);
    this.last.fill(NONE, 1, this._end);
    parents.forEach((parent, i) => this._link(i + 1, parent + 1));
    unpack(columns, this);
    this.at.fill(now, 1, this._end);
    this.dirty.fill(1, 1, this._end);
    for (let row = this._end - 1; row > ALL; row--) {
      this.ends[row] = now + this.values.seconds_left[row];
      const before = opened.size ? opened.get(this.key[row]) : undefined;
      if (before) [this.open[row], this.kept[row]] = before;
      if (this.hasChildren(row)) this.due.add(row);
      // Children come after their parents: what is heard of them has arrived here before it goes further up.
      const heard = this.lately[row] = Math.max(this.lately[row], this.values.heard[row] || 0);
      if (heard > this.lately[this.parent[row]]) this.lately[this.parent[row]] = heard;
    }
    this.fresh = true;
    this.uprooted++;
    this.markers = markers.slice(-MARKERS);
    this.markersSeen++;
    this.shape++;
  }

  /** @param {Change} change */
  apply({ tasks = [], removed = [], markers = [], now }) {
    for (const key of removed) this._remove(this._rows.get(key) ?? NONE);
    const early = tasks.filter((view) => {
      this._put(view, view.at ?? now);
      return view.parent != null && !this._rows.has(view.parent);
    });
    // Several changes as one are not in order: a task that was moved may come before what it was moved into.
    for (const view of early) this._put(view, view.at ?? now);
    if (removed.length) this.markers = this.markers.filter((marker) => this._rows.has(marker.task));
    this.markers.push(...markers);
    if (this.markers.length > MARKERS) this.markers = this.markers.slice(-MARKERS);
    if (markers.length || removed.length) this.markersSeen++;
  }

  /** @param {string | null} key @returns {number | undefined} */
  find(key) {
    return key ? this._rows.get(key) : undefined;
  }

  /** @param {number} row @param {number} ancestor @returns {boolean} also for the row itself */
  isWithin(row, ancestor) {
    while (row !== NONE && row !== ancestor) row = this.parent[row];
    return row === ancestor;
  }

  /** @param {number} row */
  hasChildren(row) {
    return this.first[row] !== NONE;
  }

  /** @param {number} row */
  isDone(row) {
    return this.status[row] >= FINISHED;
  }

  /** Nothing in it that anybody waits for or has to look at. @param {number} row */
  isSettled(row) {
    const at = row * 6, counts = this.counts;
    return this.status[row] === FINISHED && counts[at + RUNNING] + counts[at + PAUSED] + counts[at + FAILED] === 0;
  }

  /** Where a pre-order walk goes after this row. @param {number} row @param {boolean} into its children */
  after(row, into) {
    if (into && this.first[row] !== NONE) return this.first[row];
    while (row !== NONE && this.next[row] === NONE) row = this.parent[row];
    return row === NONE ? NONE : this.next[row];
  }

  /** @param {View} view @param {number} at */
  _put(view, at) {
    const wanted = view.parent == null ? ALL : this._rows.get(view.parent) ?? ALL;
    let row = this._rows.get(view.key);
    if (row === undefined) row = this._add(view.key, wanted);
    else if (this.parent[row] !== wanted && !this.isWithin(wanted, row)) this._move(row, wanted);
    const before = this.status[row];
    this._fill(row, view, at);
    if (before !== this.status[row]) this.turns++;
    if (this.first[row] !== NONE) this.due.add(row);
  }

  /** @param {number} row @param {View} view @param {number} at */
  _fill(row, view, at) {
    if (!Object.is(this.values.started[row], view.started ?? NaN) || !Object.is(this.values.asked[row], view.asked ?? NaN)) this.starts++;
    for (let n = 0; n < VALUES.length; n++) {
      const value = view[VALUES[n]];
      this._columns[n][row] = typeof value === "number" ? value : EMPTY[n];
    }
    for (const name of TEXTS) this.texts[name][row] = view[name] == null ? "" : String(view[name]);
    this.name[row] = nameOf(view.key, view.name);
    this.status[row] = statusOf(view.status);
    this.parallel[row] = view.parallel ? 1 : 0;
    this.metrics[row] = view.metrics ?? null;
    for (let i = 0; i < 6; i++) this.counts[row * 6 + i] = view.counts?.[i] ?? 0;
    for (let i = 0; i < 3; i++) this.shares[row * 3 + i] = view.shares?.[i] ?? NaN;
    this.at[row] = at;
    this.dirty[row] = 1;
    const left = this.values.seconds_left[row];
    if (!(Math.abs(at + left - this.ends[row]) <= Math.max(2, HYSTERESIS * left))) this.ends[row] = at + left;
    this._hear(row, this.values.heard[row]);
  }

  /** A word from a task is one from everything that it is in. @param {number} row @param {number} heard */
  _hear(row, heard) {
    for (; row !== NONE && heard > this.lately[row]; row = this.parent[row]) this.lately[row] = heard;
  }

  /** @param {string} key @param {number} parent */
  _add(key, parent) {
    const row = this._free.pop() ?? this._end++;
    if (row >= this.parent.length) this._allocate(this.parent.length * 2);
    this._rows.set(key, row);
    this.key[row] = key;
    this.first[row] = this.last[row] = NONE;
    this.open[row] = this.kept[row] = this.lately[row] = 0;
    this.ends[row] = NaN;
    this.size++;
    this._link(row, parent);
    return row;
  }

  /** @param {number} row @param {number} parent */
  _link(row, parent) {
    if (this.first[parent] === NONE && parent !== ALL) this.open[parent] = this.depth[parent] < 2 || this.size < SMALL ? 1 : 0;
    this.parent[row] = parent;
    this.depth[row] = this.depth[parent] + 1;
    this.next[row] = NONE;
    this.previous[row] = this.last[parent];
    if (this.last[parent] === NONE) this.first[parent] = row;
    else this.next[this.last[parent]] = row;
    this.last[parent] = row;
    this.dirty[parent] = 1;
    if (parent === ALL) this.due.add(this.first[ALL]);
    this.shape++;
  }

  /** @param {number} row */
  _unlink(row) {
    this.uprooted++;
    const parent = this.parent[row], before = this.previous[row], after = this.next[row];
    if (before === NONE) this.first[parent] = after;
    else this.next[before] = after;
    if (after === NONE) this.last[parent] = before;
    else this.previous[after] = before;
    this.dirty[parent] = 1;
    this.shape++;
  }

  /** @param {number} row @param {number} parent */
  _move(row, parent) {
    this._unlink(row);
    this._link(row, parent);
    this._hear(parent, this.lately[row]);
    for (let below = this.after(row, true); this.isWithin(below, row); below = this.after(below, true)) {
      this.depth[below] = this.depth[this.parent[below]] + 1;
    }
  }

  /** @param {number} top with all that is below it; leaf by leaf, for a tree may be deeper than the call stack */
  _remove(top) {
    for (let row = top, done = top === NONE; !done;) {
      while (this.first[row] !== NONE) row = this.first[row];
      const parent = this.parent[row];
      this._unlink(row);
      this._rows.delete(this.key[row]);
      this.key[row] = this.name[row] = "";
      this.metrics[row] = null;
      this.due.delete(row);
      this._free.push(row);
      this.size--;
      done = row === top;
      row = parent;
    }
  }
}
