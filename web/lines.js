// Which lines the tree shows, in which order: open branches, failures first if wished, long fan-outs folded into groups.

import { ALL, CANCELED, FAILED, FINISHED, PAUSED, RUNNING, WAITING } from "./store.js";

/**
 * @typedef {import("./store.js").Store} Store
 * @typedef {{root: number, hideFinished: boolean, failuresFirst: boolean, matches: Uint8Array | null}} Wish
 *   matches: by row, 1 for a match and 2 for what is above one, 3 for both; null shows all
 */

/** Siblings of one status beyond which they make one line with their number: nobody reads more of them. */
const FEW = 50;
const NONE = -1;
/** Where each status stands when failures come first. */
const RANKS = new Uint8Array(6);
[FAILED, RUNNING, PAUSED, WAITING, FINISHED, CANCELED].forEach((status, rank) => { RANKS[status] = rank; });
/** What failed or waits for somebody is never folded away. */
const FOLDED = new Set([WAITING, RUNNING, FINISHED, CANCELED]);

/** A group is a line too, told by a number below -1. @param {number} parent @param {number} status */
const group = (parent, status) => -2 - (parent * 8 + status);

/** @param {number} line a row, or a group @returns {{parent: number, status: number} | null} */
export function groupOf(line) {
  return line < -1 ? { parent: (-2 - line) >> 3, status: (-2 - line) & 7 } : null;
}

export class Lines {
  /** @param {Store} store */
  constructor(store) {
    this._store = store;
    /** Groups that somebody opened. @type {Set<number>} */
    this._opened = new Set();
    this._uprooted = -1;
    this._rows = new Int32Array(0);
  }

  /** @param {number} line */
  openGroup(line) {
    this._opened.add(line);
    this._store.shape++;
  }

  /** All groups from a row to another. @param {number} top @param {number} end */
  openGroups(top, end) {
    const store = this._store;
    for (let row = top; row >= 0 && row !== end; row = store.after(row, true)) {
      if (store.hasChildren(row)) for (const status of FOLDED) this._opened.add(group(row, status));
    }
    store.shape++;
  }

  /** How many stand in a group. @param {number} line */
  count(line) {
    const found = groupOf(line), store = this._store;
    let count = 0;
    if (found) for (let row = store.first[found.parent]; row !== NONE; row = store.next[row]) if (store.status[row] === found.status) count++;
    return count;
  }

  /** Rows and groups, top to bottom; rows only below the root that is asked for. @param {Wish} wish @returns {Int32Array} */
  flatten(wish) {
    const store = this._store;
    if (store.uprooted !== this._uprooted) {
      // Rows change their numbers only with a new snapshot or a removal; then groups begin folded again.
      this._uprooted = store.uprooted;
      this._opened.clear();
    }
    if (this._rows.length < store.parent.length * 2) this._rows = new Int32Array(store.parent.length * 2);
    const lines = this._rows, stack = wish.root === ALL ? this._children(ALL, wish) : [wish.root];
    let count = 0;
    while (stack.length) {
      const line = /** @type {number} */ (stack.pop());
      lines[count++] = line;
      if (line < 0 || store.first[line] === NONE) continue;
      const open = wish.matches ? (wish.matches[line] & 2) !== 0 || store.open[line] === 1 : store.open[line] === 1 || line === wish.root;
      if (open) for (const child of this._children(line, wish)) stack.push(child);
    }
    return lines.slice(0, count);
  }

  /** The lines right below a row, last first. @param {number} parent @param {Wish} wish @returns {number[]} */
  _children(parent, { hideFinished, failuresFirst, matches }) {
    const store = this._store;
    const found = [];
    const counts = new Uint32Array(6);
    for (let row = store.last[parent]; row !== NONE; row = store.previous[row]) {
      if (matches ? !matches[row] : hideFinished && store.isSettled(row)) continue;
      counts[store.status[row]]++;
      found.push(row);
    }
    const shown = matches || found.length <= FEW ? found : this._folded(parent, found, counts);
    if (failuresFirst) shown.sort((a, b) => this._rank(b) - this._rank(a));
    return shown;
  }

  /** @param {number} parent @param {number[]} found last first @param {Uint32Array} counts */
  _folded(parent, found, counts) {
    const store = this._store, shown = [], told = new Set();
    for (const row of found) {
      const status = store.status[row], line = group(parent, status);
      const folds = counts[status] > FEW && FOLDED.has(status) && !store.hasChildren(row) && !this._opened.has(line);
      if (!folds) shown.push(row);
      else if (!told.has(line)) {
        told.add(line);
        shown.push(line);
      }
    }
    return shown;
  }

  /** @param {number} line */
  _rank(line) {
    return RANKS[groupOf(line)?.status ?? this._store.status[line]];
  }
}
