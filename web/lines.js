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
/** Where each status stands when failures come first; what has one in it stands right behind them. */
const RANKS = new Uint8Array(6);
[FAILED, RUNNING, PAUSED, WAITING, FINISHED, CANCELED].forEach((status, rank) => { RANKS[status] = rank; });
/** What failed is never folded away, nor what waits for somebody. */
const FOLDED = new Set([WAITING, RUNNING, FINISHED, CANCELED]);

/** A group is a line too, told by a number below -1. @param {number} parent @param {number} status */
export const groupIn = (parent, status) => -2 - (parent * 8 + status);

/** @param {number} line a row, or a group @returns {{parent: number, status: number} | null} */
export function groupOf(line) {
  return line < -1 ? { parent: (-2 - line) >> 3, status: (-2 - line) & 7 } : null;
}

export class Lines {
  /** @param {Store} store */
  constructor(store) {
    this._store = store;
    /** Groups that somebody opened: by the parent's key, since rows change their numbers, a bit for each status. @type {Map<string, number>} */
    this._opened = new Map();
    this._uprooted = -1;
    this._rows = new Int32Array(0);
  }

  /** @param {number} line @param {boolean} open */
  openGroup(line, open = true) {
    const found = groupOf(line);
    if (!found) return;
    const key = this._store.key[found.parent], opened = this._opened.get(key) ?? 0, bit = 1 << found.status;
    this._opened.set(key, open ? opened | bit : opened & ~bit);
    this._store.shape++;
  }

  /** All groups right below a row. @param {number} parent @param {boolean} open */
  openGroups(parent, open) {
    const key = this._store.key[parent];
    if (open) this._opened.set(key, ~0);
    else this._opened.delete(key);
    this._store.shape++;
  }

  /** How many stand in a group. @param {number} line */
  count(line) {
    const found = groupOf(line), store = this._store;
    let count = 0;
    if (found) for (let row = store.first[found.parent]; row !== NONE; row = store.next[row]) if (this._isIn(row, found.status)) count++;
    return count;
  }

  /** The first task in a group, or the last; -1 for none. @param {number} line @param {boolean} last */
  member(line, last) {
    const found = groupOf(line), store = this._store;
    if (!found) return NONE;
    let row = (last ? store.last : store.first)[found.parent];
    while (row !== NONE && !this._isIn(row, found.status)) row = (last ? store.previous : store.next)[row];
    return row;
  }

  /** What has something in it is not folded away. @param {number} row @param {number} status */
  _isIn(row, status) {
    return this._store.status[row] === status && FOLDED.has(status) && !this._store.hasChildren(row);
  }

  /** Rows and groups, top to bottom; rows only below the root that is asked for. @param {Wish} wish @returns {Int32Array} */
  flatten(wish) {
    const store = this._store;
    if (store.uprooted !== this._uprooted) {
      this._uprooted = store.uprooted;
      for (const key of this._opened.keys()) if (key && store.find(key) === undefined) this._opened.delete(key);
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
      if (!store.hasChildren(row)) counts[store.status[row]]++;
      found.push(row);
    }
    const shown = matches || found.length <= FEW ? found : this._folded(parent, found, counts);
    if (failuresFirst) shown.sort((a, b) => this._rank(b) - this._rank(a));
    return shown;
  }

  /** @param {number} parent @param {number[]} found last first @param {Uint32Array} counts of them, those with nothing in them */
  _folded(parent, found, counts) {
    const store = this._store, shown = [], opened = this._opened.get(store.key[parent]) ?? 0;
    let told = 0;
    for (const row of found) {
      const status = store.status[row], bit = 1 << status;
      if (counts[status] <= FEW || opened & bit || !this._isIn(row, status)) shown.push(row);
      else if (!(told & bit)) {
        told |= bit;
        shown.push(groupIn(parent, status));
      }
    }
    return shown;
  }

  /** @param {number} line */
  _rank(line) {
    const rank = RANKS[groupOf(line)?.status ?? this._store.status[line]];
    return line > ALL && rank > 0 && this._store.counts[line * 6 + FAILED] > 0 ? 0.5 : rank;
  }
}
