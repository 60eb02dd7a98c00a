// The tree as a table: only the visible lines exist, whatever the size; clicks, and the active line (walk.js: by keys).

import { Folds } from "./fold.js";
import { groupIn, Lines } from "./lines.js";
import { Reel } from "./reel.js";
import { ALL, BY_HAND, BY_ITSELF, FOLLOWED } from "./store.js";
import { Row } from "./row.js";
import { attribute } from "./text.js";

/**
 * @typedef {import("./store.js").Store} Store
 * @typedef {import("./main.js").Page} Page
 */

/** Lines kept beyond the edges, so that a fast wheel meets no holes. */
const SPARE = 6;
/** Pixels below the last line. */
const REST = 12;

export class Tree {
  /** @param {HTMLElement} grid @param {HTMLElement} body @param {Page} page */
  constructor(grid, body, page) {
    this.grid = grid;
    this._body = body;
    this._page = page;
    this._reel = new Reel(grid, body);
    this._folds = new Folds(grid, body, this._reel, page);
    this.order = new Lines(page.store);
    /** Rows that the filter lets through, see filter.js. @type {Uint8Array | null} */
    this.matches = null;
    /** Grows whenever `matches` is another. */
    this.filtered = 0;
    /** @type {Row[]} */
    this._pool = [];
    /** @type {Int32Array} rows of the store, and groups (see lines.js), top to bottom */
    this.lines = new Int32Array(0);
    this._layout = "";
    this._line = 30;
    this._height = 0;
    /** @type {string | null} a task's key, since rows of the store change their number with a new snapshot */
    this.active = null;
    this._waiting = page.selected !== null;
    grid.addEventListener("scroll", () => page.draw(false), { passive: true });
    body.addEventListener("click", (event) => this._click(event));
    new ResizeObserver(() => this._measure()).observe(grid);
  }

  /** @param {number} now */
  draw(now) {
    this.flatten();
    this._fold();
    if (this._waiting) this._revealSelected();
    this._reel.settle();
    const top = Math.max(0, Math.floor(this._reel.top / this._line) - SPARE);
    const count = Math.ceil(this.grid.clientHeight / this._line) + 2 * SPARE;
    const lines = this._linesToDraw(top, Math.min(this.lines.length, top + count));
    this._drawLines(lines, now);
    const active = this.activeLine();
    attribute(this.grid, "aria-activedescendant", active < 0 ? null : this._pool[lines.indexOf(active)].element.id);
  }

  /**
   * Goes to the next task of some kind below the active line, or round again from the top.
   * @param {(row: number) => boolean} wanted @param {boolean} backwards
   */
  seek(wanted, backwards = false) {
    const { store } = this._page;
    const start = store.find(this.active ?? this._page.selected) ?? ALL;
    const found = [];
    let before = 0;
    for (let row = store.first[ALL]; row >= 0; row = store.after(row, true)) {
      if (row === start) before = found.length;
      else if (wanted(row)) found.push(row);
    }
    if (found.length === 0) return;
    const row = found[(backwards ? before - 1 + found.length : before) % found.length];
    this._page.select(store.key[row]);
    this.reveal(row);
  }

  /** Opens what is above a row, and scrolls to it. @param {number} row */
  reveal(row) {
    const { store } = this._page;
    for (let above = store.parent[row]; above > ALL; above = store.parent[above]) this.open(above, true);
    this.flatten();
    const group = groupIn(store.parent[row], store.status[row]);
    if (this.lines.indexOf(row) < 0 && this.lines.includes(group)) this.order.openGroup(group);
    this.goTo(row);
  }

  /** As far as it is to be seen. @param {number} row */
  goTo(row) {
    this.active = this._page.store.key[row];
    this.flatten();
    this.scrollTo(this.activeLine(), true);
    this._page.draw();
  }

  /** By hand: so it stays. @param {number} row @param {boolean} open */
  open(row, open) {
    const { store } = this._page;
    for (let above = row; above > ALL; above = store.parent[above]) if (store.kept[above] === FOLLOWED) store.kept[above] = BY_HAND;
    if (!store.hasChildren(row) || (store.open[row] === 1) === open) return;
    store.open[row] = open ? 1 : 0;
    store.kept[row] = BY_HAND;
    store.shape++;
    this._page.draw();
  }

  /** So that a line can be seen. @param {number} line @param {boolean} centred */
  scrollTo(line, centred = false) {
    if (line < 0) return;
    // The head of the table is sticky, and covers one line of what scrolls below it.
    const view = this.grid.clientHeight - this._body.offsetTop;
    const y = line * this._line, { top } = this._reel;
    if (y >= top && y + this._line <= top + view) return;
    if (centred) this._reel.goTo(y - view / 2);
    else this._reel.goTo(y < top ? y : y + this._line - view);
  }

  /** Brings the lines up to date, if what they depend on has changed. */
  flatten() {
    const { store, hideFinished, view } = this._page;
    const root = store.find(view.get("root")) ?? ALL, { failuresFirst } = view;
    const layout = `${store.shape},${store.turns},${hideFinished},${root},${failuresFirst},${this.filtered}`;
    if (layout === this._layout) return;
    this.lines = this.order.flatten({ root, hideFinished, failuresFirst, matches: this.matches });
    this._layout = layout;
    this._reel.resize(this.lines.length * this._line + REST);
    attribute(this.grid, "aria-rowcount", String(this.lines.length + 1));
  }

  /** The index of the active line, or -1. For a task that is folded away stands its group. */
  activeLine() {
    const { store } = this._page, row = store.find(this.active);
    if (row === undefined) return -1;
    const line = this.lines.indexOf(row);
    return line < 0 ? this.lines.indexOf(groupIn(store.parent[row], store.status[row])) : line;
  }

  /** How many lines can be seen at once; the head of the table covers one. */
  linesInSight() {
    return Math.floor(this.grid.clientHeight / this._line) - 1;
  }

  /** A link names a task that may come later than the page. */
  _revealSelected() {
    const row = this._page.store.find(this._page.selected);
    if (row === undefined) return;
    this._waiting = false;
    if (this._page.store.kept[row] === BY_ITSELF) this.open(row, true);
    this.reveal(row);
  }

  /** What somebody looks at stays where it is on the screen, whatever closes above it. */
  _fold() {
    const before = this.lines.length, turned = this._folds.next(this.lines, this._line, this.activeLine());
    if (turned === "none") return;
    const { top } = this._reel;
    this.flatten();
    if (turned === "scroll") this._reel.goTo(top + (this.lines.length - before) * this._line);
    this._page.draw();
  }

  _measure() {
    const line = parseFloat(getComputedStyle(this.grid).getPropertyValue("--line"));
    this._line = line > 0 ? line : this._line;
    this._reel.resize(this.lines.length * this._line + REST);
    // The details open below the tree on small screens, over the very line that was chosen.
    if (this.grid.clientHeight < this._height) this.scrollTo(this.activeLine());
    this._height = this.grid.clientHeight;
    this._page.draw();
  }

  /**
   * Which line stands in which element: line n in element n mod pool size, so that scrolling by one line
   * rewrites one element. The active line is drawn even when out of sight, or a screen reader would lose it.
   * @param {number} top @param {number} end @returns {number[]}
   */
  _linesToDraw(top, end) {
    while (this._pool.length < end - top) this._grow();
    const lines = /** @type {number[]} */ (new Array(this._pool.length).fill(-1));
    for (let line = top; line < end; line++) lines[line % this._pool.length] = line;
    const active = this.activeLine();
    if (active < 0 || (active >= top && active < end)) return lines;
    const place = lines.indexOf(-1);
    if (place < 0) this._grow();
    lines[place < 0 ? lines.length : place] = active;
    return lines;
  }

  _grow() {
    const row = new Row(`line-${this._pool.length}`);
    this._pool.push(row);
    this._body.append(row.element);
  }

  /** @param {number[]} lines @param {number} now */
  _drawLines(lines, now) {
    const { store, selected, stale } = this._page, { shift } = this._reel;
    const active = this.activeLine();
    lines.forEach((index, place) => {
      this._pool[place].element.hidden = index < 0;
      if (index < 0) return this._pool[place].forget();
      const row = this.lines[index], top = index * this._line - shift;
      if (row < 0) this._pool[place].showGroup(store, row, this.order.count(row), { index, top, now, active: index === active });
      else this._pool[place].show(store, row, {
        index, top, now, stale, selected: store.key[row] === selected, active: index === active, match: this.matches?.[row] !== 2 });
      this._page.ghost?.mark(this._pool[place], row, now);
    });
    for (const index of lines) if (index >= 0 && this.lines[index] >= 0) store.dirty[this.lines[index]] = 0;
  }

  /** @param {MouseEvent} event */
  _click(event) {
    const target = /** @type {Element} */ (event.target);
    const shown = this._pool.find((row) => row.element.contains(target));
    if (!shown) return;
    const { store } = this._page;
    if (shown.row < 0) {
      this.order.openGroup(shown.row);
      this._page.draw();
      return;
    }
    this.active = store.key[shown.row];
    if (target.closest(".twisty") && store.hasChildren(shown.row)) this.open(shown.row, store.open[shown.row] !== 1);
    else this._page.select(this.active);
  }
}
