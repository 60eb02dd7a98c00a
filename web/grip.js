// What pointer and keys do to the timeline: zoom, move, measure, select.

import { isRun } from "./past.js";
import { zoomed } from "./range.js";
import { fine } from "./spans.js";

/**
 * @typedef {import("./main.js").Page} Page
 * @typedef {import("./timeline.js").Timeline} Timeline
 * @typedef {import("./spans.js").Paint} Paint
 */

/** One notch of a wheel, and one press of a key. */
const ZOOM = 1.25, MOVE = 0.15;
/** Pixels that a click may shake. */
const SHAKE = 4;
const NOWHERE = { key: "", x: 0, y: 0, at: -1 };

export class Grip {
  /** @param {Page} page @param {Timeline} timeline @param {HTMLCanvasElement} canvas @param {HTMLCanvasElement} overview */
  constructor(page, timeline, canvas, overview) {
    this._page = page;
    this._timeline = timeline;
    this._canvas = canvas;
    /** A key, since rows of the store change their number with a new snapshot. */
    this._pointed = { ...NOWHERE };
    /** @type {{x: number, y: number, from: number, to: number, top: number, moved: boolean, measures: boolean} | null} */
    this._held = null;
    /** @type {{from: number, to: number} | null} */
    this._measured = null;
    canvas.addEventListener("wheel", (event) => this._wheel(event), { passive: false });
    canvas.addEventListener("pointerdown", (event) => this._press(event));
    canvas.addEventListener("pointermove", (event) => this._move(event));
    canvas.addEventListener("pointerup", (event) => this._release(event));
    canvas.addEventListener("lostpointercapture", () => { this._held = null; });
    canvas.addEventListener("pointerleave", () => this._leave());
    canvas.addEventListener("dblclick", (event) => this._zoomTo(timeline.at(event.offsetX, event.offsetY)));
    overview.addEventListener("pointerdown", (event) => this._goTo(event, overview));
    overview.addEventListener("pointermove", (event) => { if (event.buttons === 1) this._goTo(event, overview); });
    timeline.scroll.addEventListener("keydown", (event) => this._key(event));
  }

  /** The row or the earlier run under the pointer, and where that is in the pane; the row is -1 for none. */
  pointed() {
    const { key, x, y, at } = this._pointed;
    return { x, y, row: this._page.store.find(key) ?? -1, past: key || at < 0 ? undefined : this._timeline.at(x, at).past };
  }

  /** Differs whenever something else is to be drawn. */
  state() {
    return JSON.stringify([this._pointed, this._measured]);
  }

  /** @param {CanvasRenderingContext2D} pen @param {Paint} paint @param {(time: number) => number} x */
  draw(pen, paint, x) {
    if (!this._measured) return;
    const [from, to] = [this._measured.from, this._measured.to].sort((a, b) => a - b);
    pen.globalAlpha = 0.15;
    pen.fillStyle = paint.accent;
    pen.fillRect(x(from), 0, x(to) - x(from), this._canvas.clientHeight);
    pen.globalAlpha = 1;
    pen.fillStyle = paint.text;
    pen.fillText(fine(to - from), x(from) + 6, 34);
  }

  /** @param {number} x @returns {number} Unix seconds */
  _time(x) {
    const { from, to } = this._timeline.seen();
    return from + x / this._canvas.clientWidth * (to - from);
  }

  /** @param {number} at @param {number} factor */
  _zoom(at, factor) {
    // At the live edge it is the edge that stays.
    const now = this._page.now(), live = this._timeline.range.isLive() && factor < 1 && at > now;
    this._timeline.range.put(zoomed(this._timeline.seen(), live ? now : at, factor), now);
  }

  /** @param {number} share of the width */
  _pan(share) {
    const { from, to } = this._timeline.seen(), by = (to - from) * share;
    this._timeline.range.put({ from: from + by, to: to + by }, this._page.now());
  }

  /** @param {WheelEvent} event */
  _wheel(event) {
    if (event.ctrlKey || event.metaKey || event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY)) {
      if (!event.shiftKey && !event.deltaX) return;
      event.preventDefault();
      this._pan((event.deltaX || event.deltaY) / this._canvas.clientWidth);
      return;
    }
    event.preventDefault();
    this._zoom(this._time(event.offsetX), ZOOM ** (event.deltaY / 100));
  }

  /** @param {PointerEvent} event */
  _press(event) {
    if (event.button !== 0 || !event.isPrimary) return;
    this._timeline.scroll.focus({ preventScroll: true });
    this._canvas.setPointerCapture(event.pointerId);
    this._measured = null;
    this._held = { x: event.clientX, y: event.clientY, ...this._timeline.seen(), top: this._timeline.scroll.scrollTop, moved: false, measures: event.shiftKey };
    if (event.shiftKey) this._measured = { from: this._time(event.offsetX), to: this._time(event.offsetX) };
  }

  /** @param {PointerEvent} event */
  _move(event) {
    const held = this._held;
    if (!event.isPrimary) return;
    if (!held) {
      this._point(event);
      return;
    }
    const dx = event.clientX - held.x, dy = event.clientY - held.y;
    held.moved ||= Math.hypot(dx, dy) > SHAKE;
    if (!held.moved) return;
    this._pointed = { ...NOWHERE };
    if (held.measures && this._measured) this._measured.to = this._time(event.offsetX);
    else {
      const by = dx / this._canvas.clientWidth * (held.to - held.from);
      this._timeline.range.put({ from: held.from - by, to: held.to - by }, this._page.now());
      this._timeline.scroll.scrollTop = held.top - dy;
    }
    this._page.draw();
  }

  /** @param {PointerEvent} event */
  _release(event) {
    const held = this._held;
    this._held = null;
    if (!held || held.moved) return;
    const { row, past } = this._timeline.at(event.offsetX, event.offsetY);
    if (row >= 0) this._page.show(this._page.store.key[row]);
    // Which run it is, is told by when it began: see ghost.js.
    if (past && isRun(past) && this._page.ghost?.has(past[0])) this._page.view.put({ ghost: String(past[0]) });
  }

  /** @param {PointerEvent} event */
  _point(event) {
    const { row, past } = this._timeline.at(event.offsetX, event.offsetY);
    const top = this._canvas.getBoundingClientRect().top - (this._canvas.closest(".pane")?.getBoundingClientRect().top ?? 0);
    this._pointed = { key: this._page.store.key[row] ?? "", x: event.offsetX, y: event.offsetY + top, at: event.offsetY };
    this._canvas.style.cursor = row < 0 && !past ? "" : "pointer";
    this._page.draw();
  }

  _leave() {
    this._pointed = { ...NOWHERE };
    this._page.draw();
  }

  /** @param {ReturnType<Timeline["at"]>} found */
  _zoomTo({ row, past }) {
    if (row < 0 && !past) return;
    const now = this._page.now(), [from, to] = past ?? [this._timeline.lanes.starts[row], this._timeline.lanes.end(row, now)];
    const room = Math.max(1e-4, to - from) * 0.05;
    this._timeline.range.put({ from: from - room, to: to + room }, this._page.now());
  }

  /** @param {PointerEvent} event @param {HTMLCanvasElement} overview */
  _goTo(event, overview) {
    const { whole } = this._timeline, span = this._timeline.seen(), width = Math.min(span.to - span.from, whole.to - whole.from);
    const at = whole.from + event.offsetX / overview.clientWidth * (whole.to - whole.from);
    this._timeline.range.put({ from: at - width / 2, to: at + width / 2 }, this._page.now());
  }

  /** @param {KeyboardEvent} event */
  _key(event) {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    const { from, to } = this._timeline.seen(), middle = (from + to) / 2, now = this._page.now();
    const keys = /** @type {Record<string, () => void>} */ ({
      w: () => this._zoom(middle, 1 / ZOOM), s: () => this._zoom(middle, ZOOM),
      a: () => this._pan(-MOVE), d: () => this._pan(MOVE),
      ArrowLeft: () => this._pan(-MOVE), ArrowRight: () => this._pan(MOVE),
      "+": () => this._zoom(middle, 1 / ZOOM), "-": () => this._zoom(middle, ZOOM),
      0: () => this._timeline.range.fit(),
      x: () => this._page.view.toggle("path", "1"),
      e: () => this._timeline.showPast(),
      l: () => this._timeline.range.put({ from: now - (to - from), to: now }, now),
      m: () => { this._measured = this._measured ? null : { from: middle - (to - from) / 4, to: middle + (to - from) / 4 }; this._page.draw(); },
    });
    if (!keys[event.key]) return;
    event.preventDefault();
    keys[event.key]();
  }
}
