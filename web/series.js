// What was measured: for each series of a station its mean, its band and its counts, on the timeline's stretch of time.

import { Range } from "./range.js";
import { drawSeries } from "./plot.js";
import { Paint } from "./spans.js";
import { ask } from "./stream.js";
import { amount, attribute, clock, el, label, number, plain, write } from "./text.js";

/**
 * @typedef {import("./main.js").Page} Page
 * @typedef {import("./stream.js").Point} Point
 * @typedef {import("./stream.js").SeriesName} SeriesName
 * @typedef {import("./stream.js").Message} Message
 * @typedef {{name: SeriesName, points: Point[]}} Curve  points in the order of their start
 * @typedef {{station: string, status: {text: string} | null, series: {name: string, unit?: string, close: number}[]}} Station
 * @typedef {{step: number, curves: Map<string, Curve>, status: {text: string, time: number} | null, leftOut: number}} Shown
 */

/** Pixels: a point for every two is as fine as eyes are. */
const PIXELS = 2;
const HEIGHT = 104;
/** Curves beyond which a page of them is no help, likewise stations, and values of each; the others are counted. */
const MOST = 24, STATIONS = 200, VALUES = 4;
/** Messages that are kept until an answer comes: a quarter of a minute's. */
const MEANWHILE = 60;
/** Points of a curve, the newest: some for each pixel of any screen. Others can be asked for again. */
const KEPT = 10_000;
/** Seconds of the past that are shown when nothing says how many. */
const USUAL = 3600;
/**
 * Milliseconds between two questions to the daemon: at least; where the stream brings what is new; and where it brings
 * seconds that are no steps of what is shown.
 */
const AGAIN = 1000, REFRESH = 15_000, SOON = 4000;
const DARK = matchMedia("(prefers-color-scheme: dark)");

export class Series {
  /** @param {Page} page @param {HTMLElement} box */
  constructor(page, box) {
    this._page = page;
    this._box = box;
    this._range = new Range(page);
    this._station = this._theme = "";
    this._paint = new Paint(box);
    this._asked = "";
    this._askedAt = -Infinity;
    this._heard = false;
    /** @type {Shown | null} */
    this._shown = null;
    /** @type {Map<string, {element: HTMLElement, canvas: HTMLCanvasElement, words: HTMLElement}>} */
    this._plots = new Map();
    this._choice = el("input");
    this._choice.setAttribute("list", "stations");
    this._choice.placeholder = "station";
    attribute(this._choice, "aria-label", "Station");
    this._list = el("datalist");
    this._list.id = "stations";
    this._status = el("bdi", "dim");
    this._note = el("span", "dim");
    this._stations = el("ul", "plots");
    this._plotted = el("div", "plots");
    this._none = el("p", "dim none");
    box.append(el("div", "tools", this._choice, this._list, this._status, el("span", "gap"), this._note), this._none, this._stations, this._plotted);
    this._choice.addEventListener("focus", () => this._askStations());
    this._choice.addEventListener("change", () => page.view.put({ station: this._choice.value }));
    /** @type {{x: number} | null} */
    this._pointed = null;
    /** What was heard since something was asked: the answer may be older. @type {Message[] | null} */
    this._meanwhile = null;
    this._plotted.addEventListener("pointermove", (event) => this._point(event));
    this._plotted.addEventListener("pointerleave", () => { this._pointed = null; page.draw(); });
    new ResizeObserver(() => page.draw()).observe(box);
  }

  /** @param {number} now */
  draw(now) {
    const { view, selected } = this._page, station = view.get("station") || selected || "";
    if (station !== this._station) {
      this._station = station;
      this._shown = null;
    }
    if (this._choice !== document.activeElement) this._choice.value = station;
    // What was measured while nobody listened is asked for.
    if (this._page.attend("series", station || null, (message) => this._hear(message))) this._asked = "";
    this._stations.hidden = station !== "";
    if (!station && performance.now() - this._askedAt > AGAIN) this._askStations();
    const span = this._range.shown(this._whole(now), now);
    this._ask(station, span, now);
    this._drawPlots(span, now);
  }

  /** The selected task's own time, or the last hour. @param {number} now */
  _whole(now) {
    const { store, selected } = this._page, row = store.find(selected);
    const started = row === undefined ? NaN : store.values.started[row], stopped = row === undefined ? NaN : store.values.stopped[row];
    return { from: isNaN(started) ? now - USUAL : started, to: isNaN(stopped) ? now : Math.max(stopped, started + 1) };
  }

  /** @param {string} station @param {{from: number, to: number}} span @param {number} now */
  async _ask(station, { from, to }, now) {
    const width = Math.max(1, this._plotted.clientWidth / PIXELS), step = Math.max(1, Math.floor((to - from) / width));
    // A live edge moves on by itself; asking anew is for another station, another stretch, or another step.
    const live = this._range.isLive(), asked = `${station},${step},${live ? Math.round((to - from) / 10) : `${from},${to}`}`, time = performance.now();
    if (!station || (asked === this._asked && time - this._askedAt < (live ? this._heard ? SOON : REFRESH : Infinity)) || time - this._askedAt < AGAIN) return;
    this._asked = asked;
    this._askedAt = time;
    this._heard = false;
    const meanwhile = this._meanwhile = /** @type {Message[]} */ ([]);
    const query = new URLSearchParams({ from: String(from), to: String(Math.min(to, now) + 1), step: String(step) });
    const answer = await ask(`/series/${encodeURIComponent(station)}?${query}`);
    if (station !== this._station) return;
    this._shown = answer ? shown(answer) : this._shown ?? { step, curves: new Map(), status: null, leftOut: 0 };
    if (this._meanwhile === meanwhile) this._meanwhile = null;
    for (const message of meanwhile) this._take(message);
    this._page.draw();
  }

  /** Seconds that came by the stream take the place of those that are there. @param {Message} message */
  _hear(message) {
    if (this._meanwhile && this._meanwhile.length < MEANWHILE) this._meanwhile.push(message);
    this._take(message);
  }

  /** @param {Message} message */
  _take(message) {
    if (message.type !== "samples" || !this._shown) return;
    this._heard = this._shown.step > 1;
    if (this._heard) return;
    for (const { points, ...name } of message.samples.series) {
      if (name.station !== this._station) continue;
      const id = identity(name);
      const curve = this._shown.curves.get(id) ?? { name, points: [] };
      this._shown.curves.set(id, curve);
      for (const point of points) put(curve.points, point);
    }
    this._page.draw();
  }

  /** @param {{from: number, to: number}} span @param {number} now */
  _drawPlots(span, now) {
    const curves = [...this._shown?.curves ?? []].slice(0, MOST);
    const more = (this._shown?.curves.size ?? 0) - curves.length + (this._shown?.leftOut ?? 0);
    write(this._status, this._shown?.status ? `${label(this._shown.status.text)} (${clock(this._shown.status.time, now)})` : "");
    write(this._note, [this._shown && this._shown.step > 1 ? `steps of ${number(this._shown.step)} s` : "", more ? `${number(more)} more series` : ""].filter(Boolean).join(", "));
    this._none.hidden = curves.length > 0 || !this._station && this._stations.firstChild !== null;
    write(this._none, this._shown || !this._station ? `Nothing was measured here. A measurement is a record: {"type":"metric","task":"${plainKey(this._station)}","name":"loss","value":0.7}` : "Asking the daemon…");
    const paint = this._painted();
    for (const [id, plot] of this._plots) if (!this._shown?.curves.has(id)) { plot.element.remove(); this._plots.delete(id); }
    for (const [id, curve] of curves) this._drawPlot(this._plot(id), curve, span, paint, now);
  }

  /** The colours; asked for anew only when they may have changed. */
  _painted() {
    const theme = `${document.documentElement.dataset.theme}${DARK.matches}`;
    if (theme !== this._theme) this._paint = new Paint(this._box);
    this._theme = theme;
    return this._paint;
  }

  /** @param {ReturnType<Series["_plot"]>} plot @param {Curve} curve @param {{from: number, to: number}} span @param {Paint} paint @param {number} now */
  _drawPlot({ canvas, words }, { name, points }, span, paint, now) {
    const at = this._pointed ? span.from + this._pointed.x * (span.to - span.from) : NaN;
    const near = isNaN(at) ? points.at(-1) : points.findLast((point) => point.start <= at);
    const unit = plain(name.unit ?? ""), dimensions = Object.entries(name.dimensions ?? {}).map(([key, value]) => `${key}=${value}`).join(" ");
    write(words, `${plain(name.name)} ${plain(dimensions)} ${near ? `${amount(near.mean, unit)}${near.count > 1 ? ` (${amount(near.low, unit)} – ${amount(near.high, unit)}, ${number(near.count)} values)` : ""} at ${clock(near.start, now)}` : ""}`);
    attribute(canvas, "aria-label", words.textContent ?? "");
    drawSeries(canvas, points, span, this._shown?.step ?? 1, unit, paint, this._pointed?.x ?? NaN);
  }

  /** @param {string} id */
  _plot(id) {
    let plot = this._plots.get(id);
    if (!plot) {
      const canvas = el("canvas"), words = el("figcaption");
      attribute(canvas, "role", "img");
      canvas.style.height = `${HEIGHT}px`;
      plot = { element: el("figure", "plot", words, canvas), canvas, words };
      this._plots.set(id, plot);
      this._plotted.append(plot.element);
    }
    return plot;
  }

  /** @param {PointerEvent} event */
  _point(event) {
    const box = this._plotted.getBoundingClientRect();
    this._pointed = { x: Math.min(1, Math.max(0, (event.clientX - box.left) / box.width)) };
    this._page.draw();
  }

  /** The stations that there are: to choose from while none is chosen. */
  async _askStations() {
    this._askedAt = performance.now();
    /** @type {{stations: Station[]} | null} */
    const answer = await ask("/series");
    if (!answer) return;
    const { stations } = answer, more = stations.length - STATIONS;
    this._list.replaceChildren(...stations.map(({ station }) => Object.assign(el("option"), { value: station })));
    if (this._stations.hidden || this._stations.contains(document.activeElement)) return;
    this._stations.replaceChildren(...stations.slice(0, STATIONS).map((each) => this._offer(each)),
      ...more > 0 ? [el("li", "dim", `${number(more)} more: type the name of one above`)] : []);
  }

  /** @param {Station} station what it says of itself, and its newest values */
  _offer({ station, status, series }) {
    const button = el("button", "", el("bdi", "", label(station)));
    button.addEventListener("click", () => this._page.view.put({ station }, true));
    const values = series.slice(0, VALUES).map(({ name, unit, close }) => `${plain(name)} ${amount(close, plain(unit ?? ""))}`);
    if (series.length > VALUES) values.push(`${number(series.length - VALUES)} more`);
    return el("li", "", button, " ", el("bdi", "dim", [plain(status?.text ?? ""), ...values].filter(Boolean).join(" · ")));
  }
}

/** @param {string} key */
const plainKey = (key) => label(key.replace(/["\\]/gu, ""));

/** @param {SeriesName} name */
const identity = ({ name, dimensions }) => JSON.stringify([name, dimensions]);

/** From columns to points. @param {any} answer @returns {Shown} */
function shown({ step, status, series, left_out: leftOut }) {
  const curves = new Map();
  for (const { columns, ...name } of series) {
    const points = columns.start.map((/** @type {number} */ start, /** @type {number} */ i) => ({
      start, count: columns.count[i], open: columns.open[i], low: columns.low[i], high: columns.high[i],
      close: columns.close[i], mean: columns.mean[i], variance: columns.variance[i] }));
    curves.set(identity(name), { name, points });
  }
  return { step, curves, status, leftOut };
}

/** @param {Point[]} points @param {Point} point */
function put(points, point) {
  let at = points.length;
  while (at > 0 && points[at - 1].start >= point.start) at--;
  points.splice(at, points[at]?.start === point.start ? 1 : 0, point);
  if (points.length > KEPT) points.shift();
}
