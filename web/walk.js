// The tree by keys: from line to line, in and out, open and close.

import { acts } from "./keys.js";
import { groupOf } from "./lines.js";
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
    // This code comes late: somebody may be there before it.
    if (tree.grid === document.activeElement) this._focus();
  }

  /** @param {KeyboardEvent} event */
  _key(event) {
    if (event.altKey || event.ctrlKey || event.metaKey || !acts(event.key)) return;
    const { lines } = this._tree, active = this._tree.activeLine(), page = Math.max(1, this._tree.linesInSight() - 1);
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
      Enter: () => this._choose(active),
      " ": () => this._choose(active),
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
    const at = Math.max(0, Math.min(lines.length - 1, line));
    // For a group stands its last task: the last to begin or to be forgotten, it is in there for longest.
    const row = lines[at] < 0 ? this._tree.order.member(lines[at], true) : lines[at];
    this._tree.active = this._page.store.key[row];
    this._tree.scrollTo(at);
    this._page.draw();
  }

  /** A task is selected, a group is opened. @param {number} line */
  _choose(line) {
    if (groupOf(this._tree.lines[line])) this._openGroup(line);
    else this._page.select(this._tree.active);
  }

  /** @param {number} line */
  _inward(line) {
    const { store } = this._page, row = this._tree.lines[line];
    if (groupOf(row)) this._openGroup(line);
    else if (line < 0 || !store.hasChildren(row)) return;
    else if (store.open[row] === 1) this._activate(line + 1);
    else this._tree.open(row, true);
  }

  /** @param {number} line */
  _outward(line) {
    const { store } = this._page, row = this._tree.lines[line];
    if (line < 0) return;
    const parent = this._parent(line);
    if (row > ALL && store.hasChildren(row) && store.open[row] === 1) this._tree.open(row, false);
    else if (parent !== ALL) this._activate(this._tree.lines.indexOf(parent));
  }

  /** And goes to the first of its tasks. @param {number} line */
  _openGroup(line) {
    const { lines, order } = this._tree, first = order.member(lines[line], false);
    order.openGroup(lines[line]);
    this._tree.flatten();
    this._activate(this._tree.lines.indexOf(first));
  }

  /** Likewise those that make one line now. @param {number} line @param {boolean} open */
  _openSiblings(line, open) {
    const { store } = this._page;
    if (line < 0) return;
    const parent = this._parent(line), { lines, order } = this._tree;
    if (!open) order.openGroups(parent, false);
    else for (const each of lines) if (groupOf(each)?.parent === parent) order.openGroup(each);
    for (let row = store.first[parent]; row >= 0; row = store.next[row]) this._tree.open(row, open);
    this._page.draw();
  }

  /** All that is in it. @param {number} line */
  _openAll(line) {
    const { store } = this._page, top = this._tree.lines[line] ?? -1;
    if (groupOf(top)) return this._openGroup(line);
    const end = top < 0 ? -1 : store.after(top, false);
    for (let row = top; row >= 0 && row !== end; row = store.after(row, true)) {
      this._tree.open(row, true);
      if (store.hasChildren(row)) this._tree.order.openGroups(row, true);
    }
    this._page.draw();
  }

  /** @param {number} line */
  _parent(line) {
    const row = this._tree.lines[line];
    return groupOf(row)?.parent ?? this._page.store.parent[row];
  }
}
