// The timeline: who did what when, and what still runs; lanes of stacked spans that grow to the live edge.

import { subject } from "./answer.js";
import { Grip } from "./grip.js";
import { Lanes } from "./lanes.js";
import { criticalPath } from "./critical.js";
import { drawPast, Past, spanAt } from "./past.js";
import { Range } from "./range.js";
import { drawElsewhere, drawGrid, drawRuler, placeOf, RULER } from "./ruler.js";
import { drawMarker, drawOverview, drawTrack, fit, Paint, pencil, TRACK } from "./spans.js";
import { spansIn, SpanTable, told, toldOfPast } from "./spantable.js";
import { ALL, FAILED } from "./store.js";
import { attribute, choice, clock, el, plain, plural, write } from "./text.js";

/**
 * @typedef {import("./main.js").Page} Page
 * @typedef {import("./lanes.js").By} By
 * @typedef {import("./lanes.js").Track} Track
 * @typedef {import("./past.js").Drawn} Drawn
 * @typedef {import("./range.js").Span} Span
 */

/** Pixels. */
const OVERVIEW = 30, HEAD = 18;
/** Milliseconds between two sums over all spans: what it tells of a long time moves by less than a pixel meanwhile. */
const OVERVIEW_EVERY = 1000, OVERVIEW_SLOWEST = 5000;
/** And between two pictures while nobody touches it: a span grows by less than a pixel meanwhile. */
const EVERY = 200;
const BY = { thread: "threads", process: "processes", host: "hosts", root: "one lane" };
const CUTOFFS = { "0.0": "all spans", "0.01": "≥ 10 ms", "0.1": "≥ 0.1 s", "1.0": "≥ 1 s", "10.0": "≥ 10 s", "60.0": "≥ 1 min" };

export class Timeline {
  /** @param {Page} page @param {HTMLElement} box */
  constructor(page, box) {
    this._page = page;
    this.lanes = new Lanes(page.store);
    this.past = new Past(page);
    this.range = new Range(page);
    /** @type {Span} what is seen, and all there is */
    this.span = this.whole = { from: 0, to: 1 };
    this._by = choice("Lanes by", BY, () => page.draw());
    this._cutoff = choice("Show", CUTOFFS, () => page.draw());
    this._earlier = el("button", "", "Earlier runs");
    this._earlier.title = "Also what ran before, and is not in the tree any more (e)";
    this._critical = el("button", "", "Critical path");
    this._critical.title = "What the end had to wait for, the rest pale (x)";
    this._fit = el("button", "", "All");
    this._fit.title = "All of it, up to now (0)";
    this._table = new SpanTable(() => page.draw());
    this._overview = el("canvas", "overview");
    this._canvas = el("canvas", "spans");
    this._size = el("div", "size", this._canvas);
    this.scroll = el("div", "scroll", this._size);
    this._tip = el("div", "tip");
    box.append(el("div", "tools", this._by, this._cutoff, el("span", "gap"), this._critical, this._earlier, this._table.button, this._fit), this._overview, this.scroll, this._table.element, this._tip);
    attribute(this._canvas, "role", "img");
    // Words from the first moment on: a picture without any is none to who hears the page.
    attribute(this._canvas, "aria-label", "Timeline: not drawn yet");
    this.scroll.tabIndex = 0;
    attribute(this.scroll, "role", "group");
    attribute(this.scroll, "aria-label", "Timeline: w and s zoom, a and d move, 0 shows all, l goes to now");
    this._tip.hidden = true;
    this._critical.addEventListener("click", () => page.view.toggle("path", "1"));
    this._earlier.addEventListener("click", () => this.showPast());
    this._fit.addEventListener("click", () => this.range.fit());
    this.scroll.addEventListener("scroll", () => { this._top = this.scroll.scrollTop; page.draw(); }, { passive: true });
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => { this._theme = ""; page.draw(); });
    /** Pixels of the canvas that are seen; asking for them at each draw would lay the page out each time. */
    this._width = this._height = this._top = 0;
    new ResizeObserver(() => this._resize()).observe(this.scroll);
    this._grip = new Grip(page, this, this._canvas, this._overview);
    this._theme = this._asked = this._rooted = "";
    this._paint = new Paint(box);
    this._summed = this._drawn = -Infinity;
    /** @type {Set<number> | null} */
    this._path = null;
    this._pathed = -Infinity;
    /** Of the earlier runs, when that sum was made. */
    this._version = 0;
    /** @type {string | null} */
    this._selected = null;
  }

  /** At once where somebody did something; what only goes on may wait. @param {number} now */
  draw(now) {
    // Before it is laid out there is no room for a picture, nor anything to tell of one.
    if (!this._width) return;
    const { view, selected } = this._page, time = performance.now();
    const asked = [selected, view.get("root"), view.get("window"), view.get("past"), view.get("path"), this.past.version, this._top, this._width, this._height, this._chosen(), this._grip.state()].join("\n");
    if (asked === this._asked && time - this._drawn < EVERY) return;
    this._asked = asked;
    this._drawn = time;
    this.redraw(now);
  }

  /** @param {number} now */
  redraw(now) {
    const { store, view, selected } = this._page;
    const root = store.find(view.get("root")) ?? subject(store, selected, now)?.row ?? ALL;
    const anew = this.lanes.update(root, /** @type {By} */ (this._by.querySelector("select")?.value ?? "thread"));
    const from = Math.min(this.lanes.from, this.past.isOn() ? this.past.from : now, now);
    this.whole = { from, to: Math.max(this._end(root, now), this.past.isOn() ? now : -Infinity, from + 1e-3) };
    this.span = this.range.shown(this.whole, now);
    this.past.update(root, this.span, this._width, now);
    this._findPath(root, now);
    attribute(this._critical, "aria-pressed", String(this._path !== null));
    attribute(this._earlier, "aria-pressed", String(this.past.isOn()));
    attribute(this._fit, "aria-pressed", String(view.get("window") === ""));
    this._repaint();
    this._measureOut();
    this._goToSelected();
    this._drawSpans(now);
    const pixel = 1000 * (this.whole.to - this.whole.from) / this._width;
    if (anew || this.past.version !== this._version || performance.now() - this._summed > Math.min(OVERVIEW_SLOWEST, Math.max(OVERVIEW_EVERY, pixel))) this._sum(now);
    this._drawTip(now);
    this._table.draw(() => spansIn(this, this._page.store, now));
  }

  /** The stretch that is asked for: of two keys within a frame, the second goes on from the first. */
  seen() {
    return this.range.shown(this.whole, this._page.now());
  }

  /** Earlier runs too, as far back as they are remembered; or without them, what the tree has. */
  showPast() {
    this._page.view.put({ past: this.past.isOn() ? "" : "1", window: "" });
  }

  /** What stands at a point of the canvas. @param {number} x @param {number} y @returns {{row: number, past?: Drawn}} the row is -1 for none */
  at(x, y) {
    const track = this._lines().find(({ top, track }) => track && y >= top && y < top + TRACK)?.track;
    const { from, to } = this.span, scale = (to - from) / this._width;
    const time = from + x * scale, slack = 3 * scale, now = this._page.now();
    if (Array.isArray(track)) return { row: -1, past: spanAt(track, time, slack) };
    const hits = track?.rows.filter((row) => {
      const start = this.lanes.starts[row];
      return start <= time + slack && this.lanes.end(row, now) >= time - slack;
    }) ?? [];
    // Of several in one pixel the failed one is seen, so it is the one that is meant.
    return { row: hits.find((row) => this._page.store.status[row] === FAILED) ?? hits.at(-1) ?? -1 };
  }

  /** Also the theme: it is chosen elsewhere. */
  _chosen() {
    const chosen = [this._by, this._cutoff].map((each) => each.querySelector("select")?.value);
    return `${chosen.join()},${document.documentElement.dataset.theme},${this._theme},${this._table.element.hidden}`;
  }

  /** When all of it ends, or now. @param {number} root @param {number} now */
  _end(root, now) {
    const { store } = this._page;
    if (root !== ALL) return this.lanes.trackOf(root) ? this.lanes.end(root, now) : now;
    let end = -Infinity;
    for (let row = store.first[ALL]; row >= 0; row = store.next[row]) if (this.lanes.trackOf(row)) end = Math.max(end, this.lanes.end(row, now));
    return end;
  }

  _repaint() {
    const theme = `${document.documentElement.dataset.theme}${document.body.className}`;
    if (theme === this._theme) return;
    this._theme = theme;
    this._paint = new Paint(/** @type {HTMLElement} */ (this.scroll.parentElement));
    this._summed = -Infinity;
  }

  /** @param {number} root @param {number} now */
  _findPath(root, now) {
    const on = this._page.view.get("path") === "1", time = performance.now();
    if (on && this._path && this._rooted === `${root},${this._page.store.uprooted}` && time - this._pathed < OVERVIEW_EVERY) return;
    this._rooted = `${root},${this._page.store.uprooted}`;
    this._pathed = time;
    this._path = on ? criticalPath(this._page.store, this.lanes, root, now) : null;
  }

  /** Canvases are as fine as the screen, and as high as what is seen of them. */
  _measureOut() {
    this._size.style.height = `${RULER + this._pastHeight() + this.lanes.tracks.length * TRACK + this.lanes.lanes.length * HEAD}px`;
    fit(this._canvas, this._width, this._height);
    if (fit(this._overview, this._width, OVERVIEW)) this._summed = -Infinity;
  }

  _pastHeight() {
    return this.past.lanes.reduce((height, { tracks }) => height + HEAD + tracks.length * TRACK, 0);
  }

  _resize() {
    this._width = this.scroll.clientWidth;
    this._height = this.scroll.clientHeight;
    this._page.draw();
  }

  /** What is selected anew is brought into sight; what somebody scrolls away from stays away. */
  _goToSelected() {
    const { store, selected } = this._page;
    const track = this.lanes.trackOf(store.find(selected) ?? -1);
    if (selected === this._selected || (selected && !track) || !this._height) return;
    this._selected = selected;
    const top = this._pastHeight() + this.lanes.topOf(track, HEAD, TRACK), room = this._height - RULER - TRACK;
    if (track && (top < this._top || top > this._top + room)) this.scroll.scrollTop = top - room / 2;
    this._top = this.scroll.scrollTop;
  }

  /** Where the selected span is, if it is elsewhere in time. @param {import("./ruler.js").Sheet} sheet @param {number} now */
  _drawElsewhere(sheet, now) {
    const { store, selected } = this._page, row = store.find(selected) ?? -1;
    if (!this.lanes.trackOf(row)) return;
    const words = plain(store.name[row]), before = this.lanes.end(row, now) < this.span.from;
    if (!before && !(this.lanes.starts[row] > this.span.to)) return;
    drawElsewhere(sheet, words, before);
  }

  /** @returns {{top: number, track?: Track | Drawn[], label: string}[]} the lines that are in sight */
  _lines() {
    const lines = [], height = this._height;
    let top = RULER - this._top;
    for (const lane of [...this.past.lanes, ...this.lanes.lanes]) {
      if (top > height) break;
      if (top > -HEAD) lines.push({ top, label: lane.label });
      top += HEAD;
      for (const track of lane.tracks) {
        if (top > -TRACK && top < height) lines.push({ top, track, label: "" });
        top += TRACK;
      }
    }
    return lines;
  }

  /** @param {number} now */
  _drawSpans(now) {
    const pen = pencil(this._canvas, this._paint), { store, stale, selected } = this._page, width = this._width;
    const cutoff = Number(this._cutoff.querySelector("select")?.value ?? 0);
    const look = { span: this.span, now, width, cutoff, selected: store.find(selected) ?? -1, stale, path: this._path };
    const marks = this.lanes.marks(this.span);
    const sheet = { pen, paint: this._paint, span: this.span, width, height: this._height };
    drawGrid(sheet);
    for (const { top, track, label: words } of this._lines()) {
      if (!track) {
        pen.fillStyle = this._paint.dim;
        pen.fillText(plain(words), 8, top + HEAD / 2 + 1);
        continue;
      }
      if (Array.isArray(track)) drawPast(pen, track, top, this._paint, this.span, width);
      else drawTrack(pen, track, top, store, this.lanes, this._paint, look);
      for (const time of Array.isArray(track) ? [] : marks.get(track) ?? []) drawMarker(pen, placeOf(time, this.span, width), top, this._paint);
    }
    drawRuler(sheet, now);
    this._grip.draw(pen, this._paint, (time) => placeOf(time, this.span, width));
    this._drawElsewhere(sheet, now);
    const lanes = this.lanes.lanes.length, seen = lanes ? `${this._path ? `Critical path of ${plural(this._path.size, "task")}; timeline` : "Timeline"} of ${plural(store.size, "task")} in ${plural(lanes, "lane")}${this.past.isOn() ? ` and ${plural(this.past.count(), "earlier run")}` : ""}` : "Timeline: nothing has begun";
    attribute(this._canvas, "aria-label", `${seen}, ${clock(this.span.from, now)} to ${clock(this.span.to, now)}; the button Table shows it as text`);
  }

  /** How many leaves ran at each pixel of all the time there is. @param {number} now */
  _sum(now) {
    this._summed = performance.now();
    this._version = this.past.version;
    const { store } = this._page, { from, to } = this.whole, width = Math.max(1, this._width);
    const busy = new Float64Array(width + 1), failed = new Uint8Array(width);
    const place = (/** @type {number} */ time) => Math.min(width - 1, Math.max(0, Math.floor((time - from) / (to - from) * width)));
    for (const track of this.lanes.tracks) {
      for (const row of track.rows) {
        const stop = place(this.lanes.end(row, now));
        if (store.status[row] === FAILED) failed[stop] = 1;
        // Who waits for a lock does nothing.
        if (store.hasChildren(row) || isNaN(store.values.started[row])) continue;
        busy[place(store.values.started[row])]++;
        busy[stop + 1]--;
      }
    }
    this.past.sum(place, busy, failed);
    for (let x = 1; x < width; x++) busy[x] += busy[x - 1];
    drawOverview(pencil(this._overview, this._paint), busy.subarray(0, width), failed, OVERVIEW, this._paint);
  }

  /** @param {number} now */
  _drawTip(now) {
    const { row, past, x, y } = this._grip.pointed();
    this._tip.hidden = row < 0 && !past;
    this._overview.style.setProperty("--from", String(share(this.whole, this.span.from)));
    this._overview.style.setProperty("--to", String(share(this.whole, this.span.to)));
    if (this._tip.hidden) return;
    write(this._tip, past ? toldOfPast(past, this._page.ghost, now) : told(this._page.store, row, this.whole.from, now));
    const room = /** @type {HTMLElement} */ (this._tip.parentElement).clientWidth;
    this._tip.style.transform = `translate(${Math.max(4, Math.min(x + 12, room - this._tip.offsetWidth - 8))}px, ${y + 14}px)`;
  }
}

/** @param {Span} whole @param {number} time */
const share = ({ from, to }, time) => Math.min(1, Math.max(0, (time - from) / (to - from)));
