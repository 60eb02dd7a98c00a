// What a task's clocks and counts say in words, its bar, and its line in the tree.

import { elapsed, quietFor, secondsLeft, unusual } from "./columns.js";
import { groupOf } from "./lines.js";
import { FAILED, FINISHED, PAUSED, RUNNING, WAITING, CANCELED } from "./store.js";
import { amount, attribute, clock, duration, el, icon, label, number, pace, percent, plain, roughly, spoken, STATUSES, write } from "./text.js";

/** @typedef {import("./store.js").Store} Store */

/** Seconds for which a bar may grow by its rate on its own: two to three of the daemon's usual frames. */
const GROWTH_LIMIT = 2;
/** About that of a row's bar: a shorter step needs no gliding, and to glide all the time is dear. */
const PIXEL = 0.005;
/** Only the producer says that something is complete. */
const GROWTH_TOP = 0.99;
/** How far it may run ahead: too little to be read as progress that was not reported. */
const GROWTH_MOST = 0.02;

/**
 * The fraction, grown by the task's own rate for a moment, so that a bar moves between two frames. For the eye
 * only: every number that is shown is one that was reported.
 */
function grownFraction(/** @type {Store} */ store, /** @type {number} */ row, /** @type {number} */ now) {
  const { fraction, rate, total } = store.values;
  const known = fraction[row];
  const grows = store.status[row] === RUNNING && !store.hasChildren(row) && rate[row] > 0 && total[row] > 0;
  if (!grows || known >= GROWTH_TOP) return known;
  const seconds = Math.min(GROWTH_LIMIT, Math.max(0, now - store.at[row]));
  return Math.min(GROWTH_TOP, known + Math.min(GROWTH_MOST, rate[row] * seconds / total[row]));
}

/** Seconds after the expected end from which on «soon» would be a lie. */
export const OVERDUE = 10;
/** Shares that add up to something else than the fraction are not shown: somebody posted a value on the parent. */
const SHARES_SLACK = 0.005;

/**
 * Three layers, one over the other: what is finished, what runs, what failed. A leaf has one of them.
 * @param {Store} store @param {number} row @param {number} fraction
 * @returns {{finished: number, running: number, failed: number}} where each layer ends, 0…1
 */
export function layers(store, row, fraction) {
  const at = row * 3;
  const [finished, running, failed] = [store.shares[at], store.shares[at + 1], store.shares[at + 2]];
  const known = fraction || 0;
  if (Math.abs(finished + running + failed - known) < SHARES_SLACK) {
    return { finished, running: finished + running, failed: finished + running + failed };
  }
  const status = store.status[row];
  if (status === FINISHED) {
    const end = isNaN(fraction) ? 1 : fraction;
    return { finished: end, running: end, failed: end };
  }
  if (status === FAILED || status === CANCELED) return { finished: 0, running: 0, failed: known };
  return { finished: 0, running: known, failed: known };
}

/** How much is done, as words for the bar: 61%, or 412 files where nobody knows the total. */
export function progressWords(/** @type {Store} */ store, /** @type {number} */ row, /** @type {number} */ fraction) {
  if (!isNaN(fraction)) return percent(fraction);
  const done = store.values.done[row];
  return isNaN(done) ? "" : amount(done, store.texts.unit[row]);
}

/** @param {Store} store @param {number} row @returns {string} 412 / 1,000 files */
export function amountWords(store, row) {
  const { done, total } = store.values, unit = store.texts.unit[row];
  if (isNaN(done[row])) return isNaN(total[row]) ? "" : `of ${amount(total[row], unit)}`;
  if (isNaN(total[row])) return amount(done[row], unit);
  const whole = amount(total[row], unit), part = amount(done[row], unit);
  // The unit once is enough, unless bytes came out in two sizes.
  const space = whole.indexOf(" "), tail = space < 0 ? "" : whole.slice(space);
  return `${tail && part.endsWith(tail) ? part.slice(0, -tail.length) : part} / ${whole}`;
}

/** The column "left": the time to go, or the word why there is none. @param {Store} store @param {number} row */
export function leftWords(store, row, /** @type {number} */ now, /** @type {boolean} */ stale) {
  const status = store.status[row];
  if (status !== RUNNING) return STATUSES[status];
  const left = secondsLeft(store, row, now);
  if (stale || isNaN(left)) return "–";
  if (left < -OVERDUE) return "overdue";
  if (quietFor(store, row, now)) return "–";
  return left < 1 ? "soon" : roughly(left);
}

/**
 * What the layers of a bar stand for, as its tooltip.
 * @param {{finished: number, running: number, failed: number}} ends @param {number} fraction @param {number} status
 */
export function legend({ finished, running, failed }, fraction, status) {
  if (isNaN(fraction)) return "";
  const shares = [finished, running - finished, failed - running].map((share) => Math.round(share * 100));
  const rest = Math.max(0, 100 - shares[0] - shares[1] - shares[2]);
  const words = ["finished", "done by what is still under way", "done by what failed or was canceled", status > FINISHED ? "never done" : "to do"];
  return [...shares, rest].map((share, i) => share && `${share}% ${words[i]}`).filter(Boolean).join(", ");
}

/** The bar alone: the header has one too. */
export class Bar {
  constructor() {
    this._failed = el("i", "failed");
    this._running = el("i", "running");
    this._finished = el("i", "finished");
    this.element = el("div", "bar", this._failed, this._running, this._finished);
    attribute(this.element, "role", "progressbar");
    attribute(this.element, "aria-valuemin", "0");
    attribute(this.element, "aria-valuemax", "100");
    this._shown = "";
    this._end = 0;
  }

  /**
   * @param {{finished: number, running: number, failed: number}} ends @param {number} fraction
   * @param {number} status @param {boolean} moving whether an unknown total shows as a running stripe
   */
  show(ends, fraction, status, moving) {
    const shown = `${ends.finished},${ends.running},${ends.failed},${status},${isNaN(fraction)},${moving}`;
    if (shown === this._shown) return;
    this._shown = shown;
    this.element.classList.toggle("still", Math.abs(ends.failed - this._end) < PIXEL);
    this._end = ends.failed;
    clip(this._finished, ends.finished);
    // A layer that ends where the one above it does would shine through at the rounded edge.
    clip(this._running, ends.running > ends.finished ? ends.running : 0);
    clip(this._failed, ends.failed > ends.running ? ends.failed : 0);
    this.element.dataset.status = STATUSES[status];
    this.element.classList.toggle("unknown", isNaN(fraction) && moving);
    attribute(this.element, "aria-valuenow", isNaN(fraction) ? null : percent(fraction).slice(0, -1));
  }

  /** @param {string} name @param {string} value @param {string} tip */
  describe(name, value, tip = "") {
    attribute(this.element, "title", tip || null);
    attribute(this.element, "aria-label", name);
    attribute(this.element, "aria-valuetext", value);
  }
}

/** Layers are clipped, not scaled: a pattern must not stretch with its bar. @param {HTMLElement} layer @param {number} end */
function clip(layer, end) {
  layer.style.clipPath = `inset(0 ${((1 - Math.min(1, end)) * 100).toFixed(2)}% 0 0)`;
}

export class Row {
  /** @param {string} id */
  constructor(id) {
    this.row = -1;
    this._status = -1;
    this.twisty = el("span", "twisty", icon("twisty"));
    this.glyph = el("span", "glyph", icon("waiting"));
    this.word = el("span", "unseen");
    this.name = el("bdi", "name");
    this.message = el("bdi", "message");
    this.quiet = el("span", "quiet");
    this.bar = new Bar();
    this.progress = el("span", "percent");
    this.amount = el("div", "amount");
    this.left = el("div", "left");
    this.elapsed = el("div", "elapsed");
    this._task = el("div", "task", this.twisty, this.glyph, this.word, this.name, this.message, this.quiet);
    this._progress = el("div", "progress", this.bar.element, this.progress);
    this.element = el("div", "row", this._task, this._progress, this.amount, this.left, this.elapsed);
    this.element.id = id;
    attribute(this.element, "role", "row");
    for (const cell of this.element.children) attribute(cell, "role", "gridcell");
  }

  /**
   * @param {Store} store @param {number} row
   * @param {{index: number, top: number, now: number, stale: boolean, selected: boolean, active: boolean, match: boolean}} how
   */
  show(store, row, how) {
    const fresh = row !== this.row;
    this.element.classList.toggle("above", !how.match);
    if (this.row < -1) this.element.classList.remove("group");
    // A recycled line must not slide from the other task's bar to this one's.
    this.element.classList.toggle("glide", !fresh);
    if (fresh || store.dirty[row]) this._showTask(store, row);
    this.row = row;
    this._showPlace(store, row, how);
    this._showTime(store, row, how);
  }

  /** Nothing is shown here; what comes back may have changed meanwhile. */
  forget() {
    this.row = Math.min(this.row, -1);
  }

  /**
   * Many siblings of one status, as one line. @param {Store} store @param {number} line see lines.js
   * @param {number} count @param {{index: number, top: number, now: number, active: boolean}} how
   */
  showGroup(store, line, count, { index, top, now, active }) {
    const { parent, status } = /** @type {{parent: number, status: number}} */ (groupOf(line));
    const word = STATUSES[status], took = elapsed(store, parent, now);
    const rate = status === FINISHED && took > 0 ? `, ${pace(count / took, "")}` : "";
    this.row = line;
    this._status = -1;
    this.element.classList.add("group");
    this.element.classList.remove("above");
    this.element.classList.toggle("active", active);
    this.element.dataset.status = word;
    attribute(this.glyph.firstElementChild?.firstElementChild ?? this.glyph, "href", `#i-${word}`);
    write(this.word, "");
    write(this.name, `${number(count)} ${word}${rate}`);
    this.name.title = "Show them all";
    for (const cell of [this.message, this.amount, this.left, this.elapsed, this.quiet, this.progress]) write(cell, "");
    this._task.style.setProperty("--depth", String(Math.min(store.depth[parent], 24)));
    this.element.style.top = `${top}px`;
    attribute(this.element, "aria-rowindex", String(index + 2));
    attribute(this.element, "aria-level", String(store.depth[parent] + 1));
    attribute(this.element, "aria-expanded", "false");
    attribute(this.element, "aria-selected", "false");
  }

  /** @param {Store} store @param {number} row */
  _showTask(store, row) {
    const status = store.status[row];
    if (status !== this._status) {
      this._status = status;
      this.element.dataset.status = STATUSES[status];
      attribute(this.glyph.firstElementChild?.firstElementChild ?? this.glyph, "href", `#i-${STATUSES[status]}`);
      write(this.word, `${STATUSES[status]} `);
    }
    write(this.name, label(store.name[row]));
    write(this.message, label(store.texts.message[row]));
    this.name.title = plain(store.name[row]);
    this.message.title = plain(store.texts.message[row]);
    write(this.amount, amountWords(store, row));
    this._task.style.setProperty("--depth", String(Math.min(store.depth[row] - 1, 24)));
    this._progress.style.setProperty("--depth", String(Math.min(store.depth[row] - 1, 24)));
  }

  /** @param {Store} store @param {number} row @param {{index: number, top: number, selected: boolean, active: boolean}} how */
  _showPlace(store, row, { index, top, selected, active }) {
    const branch = store.hasChildren(row);
    attribute(this.element, "aria-rowindex", String(index + 2));
    attribute(this.element, "aria-level", String(store.depth[row]));
    attribute(this.element, "aria-expanded", branch ? String(store.open[row] === 1) : null);
    attribute(this.element, "aria-selected", String(selected));
    this.element.classList.toggle("active", active);
    this.element.style.top = `${top}px`;
  }

  /** @param {Store} store @param {number} row @param {{now: number, stale: boolean}} how */
  _showTime(store, row, { now, stale }) {
    const status = store.status[row];
    const fraction = store.values.fraction[row], grown = stale ? fraction : grownFraction(store, row, now);
    const progress = progressWords(store, row, fraction);
    const left = leftWords(store, row, now, stale);
    const quiet = stale ? 0 : quietFor(store, row, now);
    this.bar.show(layers(store, row, grown), fraction, status, status === RUNNING && !stale);
    this.bar.describe(plain(store.name[row]), describe(progress, status, left));
    write(this.progress, progress);
    this.progress.classList.toggle("uncounted", isNaN(fraction));
    write(this.left, left);
    const lost = store.values.lost[row], notice = quiet ? null : unusual(store, row);
    write(this.quiet, isNaN(lost) ? quiet ? `quiet ${roughly(quiet)}` : notice?.kind ?? "" : "no contact");
    const took = elapsed(store, row, now);
    write(this.elapsed, isNaN(took) ? "" : duration(took));
    if (!isNaN(lost)) this.quiet.title = `Whoever began it is gone since ${clock(lost, now)}, without a word of its end`;
    else if (quiet) this.quiet.title = `Nothing heard since ${clock(store.lately[row], now)}, ${spoken(quiet)} ago`;
    else if (notice) this.quiet.title = plain(notice.text);
  }
}

/** @param {string} progress @param {number} status @param {string} left */
function describe(progress, status, left) {
  const words = [progress || "unknown progress"];
  if (status === RUNNING) words.push({ "–": "running", overdue: "overdue", soon: "done soon" }[left] ?? `${left} left`);
  else if (status === WAITING || status === PAUSED || status >= FINISHED) words.push(left);
  return words.join(", ");
}
