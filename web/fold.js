// Which branches close and open by themselves: what is done makes room for what runs.
//
// The rule: a branch that is done, with nothing in it that failed, runs or is paused, closes by itself; and opens
// again if work in it goes on. But what the user opened or closed stays so, and the only root stays open: its line
// alone would say no more than the header does. While somebody looks, a branch waits until it can close without
// moving the line under the pointer, the one with the keyboard's focus, or the top one of a scrolled tree.

import { groupOf } from "./lines.js";
import { ALL, BY_HAND, BY_ITSELF, FAILED, PAUSED, RUNNING } from "./store.js";

/**
 * @typedef {import("./store.js").Store} Store
 * @typedef {import("./main.js").Page} Page
 */

/** Milliseconds after a scroll in which nothing closes: fingers and wheels do not like to be helped. */
const SCROLLING = 800;

/** @param {Store} store @param {number} row */
function rests(store, row) {
  const at = row * 6, { counts, first, next } = store;
  const onlyRoot = first[ALL] === row && next[row] < 0;
  return store.hasChildren(row) && store.isDone(row) && store.status[row] !== FAILED && !onlyRoot
    && counts[at + RUNNING] + counts[at + PAUSED] + counts[at + FAILED] === 0;
}

/** @param {Store} store @param {number} line a row, or a group */
function depth(store, line) {
  const group = groupOf(line);
  return group ? store.depth[group.parent] + 1 : store.depth[line];
}

/** @param {Store} store @param {number} row */
function isDue(store, row) {
  if (store.kept[row] === BY_HAND) return false;
  return store.open[row] === 1 ? rests(store, row) : store.kept[row] === BY_ITSELF && !rests(store, row);
}

/** @param {Store} store @param {number} row */
function turn(store, row) {
  store.open[row] = 1 - store.open[row];
  store.kept[row] = BY_ITSELF;
  store.dirty[row] = 1;
}

export class Folds {
  /** @param {HTMLElement} grid @param {HTMLElement} body @param {import("./reel.js").Reel} reel @param {Page} page */
  constructor(grid, body, reel, page) {
    this._grid = grid;
    this._body = body;
    this._reel = reel;
    this._page = page;
    this._pointer = NaN;
    this._scrolled = -Infinity;
    grid.addEventListener("scroll", () => { this._scrolled = performance.now(); }, { passive: true });
    grid.addEventListener("pointermove", (event) => { this._pointer = event.pointerType === "touch" ? NaN : event.clientY; });
    grid.addEventListener("pointerleave", () => { this._pointer = NaN; });
  }

  /**
   * Closes or opens what is due; of what is in sight one branch at a time, so that the next is asked over new lines.
   * @param {Int32Array} lines @param {number} height of one @param {number} active line or -1
   * @returns {"none" | "still" | "scroll"} scroll: the lines that somebody looks at come after what has changed
   */
  next(lines, height, active) {
    const { store } = this._page;
    if (store.fresh) return this._all();
    const watched = store.due.size ? this._watched(height, active) : [];
    for (const row of store.due) {
      const line = isDue(store, row) ? lines.indexOf(row) : -1;
      if (line >= 0 && store.open[row] === 1 && !this._mayClose(lines, line, height, watched)) continue;
      if (isDue(store, row)) turn(store, row);
      store.due.delete(row);
      if (line < 0) continue;
      store.shape++;
      return watched.some((at) => at > line) ? "scroll" : "still";
    }
    return "none";
  }

  /** @returns {"none" | "still"} */
  _all() {
    const { store } = this._page;
    store.fresh = false;
    const due = [...store.due].filter((row) => isDue(store, row));
    due.forEach((row) => turn(store, row));
    store.due.clear();
    if (due.length) store.shape++;
    return due.length ? "still" : "none";
  }

  /** Lines that must not move. @param {number} height @param {number} active */
  _watched(height, active) {
    const { top, shift } = this._reel;
    const watched = [];
    const pointed = Math.floor((this._pointer - this._body.getBoundingClientRect().top + shift) / height);
    if (pointed >= 0) watched.push(pointed);
    const y = active * height - top;
    if (active >= 0 && this._grid === document.activeElement && y > -height && y < this._grid.clientHeight) watched.push(active);
    if (watched.length === 0 && top > 0) watched.push(Math.ceil(top / height));
    return watched;
  }

  /** @param {Int32Array} lines @param {number} line @param {number} height @param {number[]} watched */
  _mayClose(lines, line, height, watched) {
    const { store, selected } = this._page, row = lines[line];
    if (performance.now() - this._scrolled < SCROLLING || store.isWithin(store.find(selected) ?? ALL, row)) return false;
    let end = line + 1;
    while (end < lines.length && depth(store, lines[end]) > store.depth[row]) end++;
    if (watched.some((at) => at >= line && at < end)) return false;
    const { top } = this._reel, gone = (end - line - 1) * height;
    if (watched.every((at) => at >= end) && watched.length) return top >= gone;
    return watched.every((at) => at < line) && (top === 0 || this._reel.end - gone >= top);
  }
}
