// The tree by keys: from line to line, in and out, open and close.

import { acts } from "./keys.js";
import { ALL } from "./store.js";

/**
 * @typedef {import("./main.js").Page} Page
 * @typedef {import("./tree.js").Tree} Tree
 */

export class Walk {
  /** @param {Page} page @param {Tree} tree */
  constructor(page, tree) {
    this._page = page;
    this._tree = tree;
    tree.grid.addEventListener("keydown", (event) => this._key(event));
    tree.grid.addEventListener("focus", () => this._focus());
  }

  /** @param {KeyboardEvent} event */
  _key(event) {
    if (event.altKey || event.ctrlKey || event.metaKey || !acts(event.key)) return;
    const { active: key, lines } = this._tree, active = this._tree.activeLine(), page = Math.max(1, this._tree.linesInSight() - 1);
    /** @type {Record<string, () => void>} */
    const keys = {
      ArrowDown: () => this._activate(active + 1),
      ArrowUp: () => this._activate(active < 0 ? 0 : active - 1),
      PageDown: () => this._activate(active + page),
      PageUp: () => this._activate(active - page),
      Home: () => this._activate(0),
      End: () => this._activate(lines.length - 1),
      ArrowRight: () => this._inward(active),
      ArrowLeft: () => this._outward(active),
      Enter: () => this._page.select(key),
      " ": () => this._page.select(key),
      Escape: () => this._page.select(null),
      "*": () => this._openSiblings(active, true),
      "-": () => this._openSiblings(active, false),
      "+": () => this._openAll(active),
    };
    if (!keys[event.key]) return;
    event.preventDefault();
    keys[event.key]();
  }

  /** Who comes by keyboard needs a line to start from. */
  _focus() {
    const { store, selected } = this._page;
    if (this._tree.activeLine() >= 0 || !this._tree.grid.matches(":focus-visible")) return;
    this._activate(Math.max(0, this._tree.lines.indexOf(store.find(selected) ?? ALL)));
  }

  /** @param {number} line */
  _activate(line) {
    const { lines } = this._tree;
    if (lines.length === 0) return;
    let at = Math.max(0, Math.min(lines.length - 1, line));
    // A group is no task: the keys step over it, for its button opens it.
    const step = line < this._tree.activeLine() ? -1 : 1;
    while (lines[at] < -1 && at + step >= 0 && at + step < lines.length) at += step;
    if (lines[at] < 0) return;
    this._tree.active = this._page.store.key[lines[at]];
    this._tree.scrollTo(at);
    this._page.draw();
  }

  /** @param {number} line */
  _inward(line) {
    const { store } = this._page, row = this._tree.lines[line];
    if (line < 0 || !store.hasChildren(row)) return;
    if (store.open[row] === 1) this._activate(line + 1);
    else this._tree.open(row, true);
  }

  /** @param {number} line */
  _outward(line) {
    const { store } = this._page, row = this._tree.lines[line];
    if (line < 0) return;
    if (store.hasChildren(row) && store.open[row] === 1) this._tree.open(row, false);
    else if (store.parent[row] !== ALL) this._activate(this._tree.lines.indexOf(store.parent[row]));
  }

  /** @param {number} line @param {boolean} open */
  _openSiblings(line, open) {
    const { store } = this._page;
    if (line < 0) return;
    for (let row = store.first[store.parent[this._tree.lines[line]]]; row >= 0; row = store.next[row]) this._tree.open(row, open);
  }

  /** All that is in it. @param {number} line */
  _openAll(line) {
    const { store } = this._page, top = this._tree.lines[line] ?? -1, end = top < 0 ? -1 : store.after(top, false);
    for (let row = top; row >= 0 && row !== end; row = store.after(row, true)) this._tree.open(row, true);
    this._tree.order.openGroups(top, end);
  }
}
