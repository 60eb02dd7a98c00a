// Following what runs: the selection goes with it, and what had to be opened for that closes behind it.

import { groupIn } from "./lines.js";
import { ALL, FOLLOWED, RUNNING } from "./store.js";

/**
 * @typedef {import("./main.js").Page} Page
 * @typedef {import("./tree.js").Tree} Tree
 */

/** Seconds between two steps, and of rest after somebody touched the page. */
const STEP = 2, REST = 10;

const seconds = () => performance.now() / 1000;

export class Follow {
  /** @param {Page} page @param {Tree} tree */
  constructor(page, tree) {
    this._page = page;
    this._tree = tree;
    this._stepped = -Infinity;
    // Who has just asked for it is not somebody who reads on.
    this._touched = -Infinity;
    /** Branches that it opened, each with who had the last word on it before; by key, since rows change their numbers. @type {Map<string, number>} */
    this._opened = new Map();
    /** The parents of running tasks that make one line otherwise; their keys. @type {Set<string>} */
    this._unfolded = new Set();
    this._end = new AbortController();
    const touch = () => { this._touched = seconds(); };
    for (const sign of ["wheel", "pointerdown", "keydown"]) addEventListener(sign, touch, { passive: true, signal: this._end.signal });
  }

  /** What it has opened stays so, until it is done. */
  end() {
    this._end.abort();
  }

  draw() {
    const time = seconds();
    if (time - this._stepped < STEP || time - this._touched < REST) return;
    this._stepped = time;
    const { store, selected } = this._page, row = this._newest();
    if (row === ALL || store.key[row] === selected) return;
    this._page.select(store.key[row]);
    this._close(row);
    this._open(row);
    this._tree.goTo(row);
  }

  /** Of the tasks that run and have nothing in them, the one that spoke last. */
  _newest() {
    const { store } = this._page;
    let best = ALL;
    for (let row = store.first[ALL]; row >= 0; row = store.after(row, true)) {
      if (store.status[row] === RUNNING && !store.hasChildren(row) && !(store.values.heard[row] <= store.values.heard[best])) best = row;
    }
    return best;
  }

  /** @param {number} row */
  _open(row) {
    const { store } = this._page;
    for (let above = store.parent[row]; above > ALL; above = store.parent[above]) {
      if (store.open[above] === 1) continue;
      this._opened.set(store.key[above], store.kept[above]);
      this._turn(above, 1, FOLLOWED);
    }
    this._tree.flatten();
    const parent = store.parent[row], group = groupIn(parent, RUNNING);
    if (this._tree.lines.includes(row) || !this._tree.lines.includes(group)) return;
    this._unfolded.add(store.key[parent]);
    this._tree.order.openGroup(group);
  }

  /** What it opened, unless it is above that row too, or somebody had it in hand meanwhile. @param {number} row */
  _close(row) {
    const { store } = this._page;
    for (const [key, kept] of this._opened) {
      const branch = store.find(key) ?? -1;
      if (store.isWithin(row, branch) && branch > ALL) continue;
      this._opened.delete(key);
      if (branch > ALL && store.kept[branch] === FOLLOWED) this._turn(branch, 0, kept);
    }
    for (const key of this._unfolded) {
      if (key === store.key[store.parent[row]]) continue;
      this._unfolded.delete(key);
      const parent = key ? store.find(key) : ALL;
      if (parent !== undefined) this._tree.order.openGroup(groupIn(parent, RUNNING), false);
    }
  }

  /** @param {number} row @param {number} open @param {number} kept */
  _turn(row, open, kept) {
    const { store } = this._page;
    store.open[row] = open;
    store.kept[row] = kept;
    store.dirty[row] = 1;
    store.shape++;
  }
}
