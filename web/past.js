// Earlier runs on the timeline: what ran in days and years before and is not in the tree, as fine as it can be seen.

import { drawBlock, fine, LEAST } from "./spans.js";
import { ask } from "./stream.js";
import { ALL, CANCELED, FAILED, FINISHED } from "./store.js";
import { clock, number, plain, plural, STATUSES } from "./text.js";

/**
 * @typedef {import("./main.js").Page} Page
 * @typedef {import("./range.js").Span} Span
 * @typedef {import("./spans.js").Paint} Paint
 * @typedef {[start: number, stop: number, name: string, count: number, failed: number, canceled: number, key: string, began: number]} Drawn
 *   times in Unix seconds; of several the first one's name; `key` and `began` of the root, if it is one run's
 * @typedef {{first: number | null, start: number, end: number, step: number, jobs: {job: string, runs: number, tracks: Drawn[][]}[], left_out: number}} Answer
 * @typedef {{label: string, tracks: Drawn[][]}} Lane
 */

/** Milliseconds between an answer and the next question, and until it is asked again what may have changed, or was not answered. */
const EVERY = 200, AGAIN = 10_000;
/** So many times as wide as what is seen is asked for: to both sides there is more, so moving shows no gap. */
const MARGIN = 1;
/** What is asked for may be so much coarser or finer than what is seen, until it is asked for anew. */
const SLACK = 1.5;

export class Past {
  /** @param {Page} page */
  constructor(page) {
    this._page = page;
    /** What the daemon told of what is seen, and of all there is. @type {{near: Answer | null, whole: Answer | null}} */
    this._known = { near: null, whole: null };
    /** @type {Lane[]} */
    this.lanes = [];
    /** Counts what came and went: what was drawn of an earlier one is not true any more. */
    this.version = 0;
    this._of = "";
    this._asked = { near: -Infinity, whole: -Infinity };
    this._waits = { near: false, whole: false };
  }

  /** Unix seconds of the first run that is remembered. */
  get from() {
    return this._known.whole?.first ?? Infinity;
  }

  isOn() {
    return this._page.view.get("past") === "1";
  }

  /** Runs that are remembered. */
  count() {
    return this._known.whole?.jobs.reduce((sum, { runs }) => sum + runs, 0) ?? 0;
  }

  /** Asks for what is to be seen and not known yet. @param {number} root row, or ALL for all jobs @param {Span} span @param {number} width pixels @param {number} now */
  update(root, span, width, now) {
    const { store } = this._page, of = root === ALL ? "" : store.key[root];
    if (!this.isOn() || of !== this._of) this._forget();
    this._of = of;
    if (!this.isOn() || !width) return;
    const room = MARGIN * (span.to - span.from), { near, whole } = this._known;
    if (this._isDue("whole", !whole)) this._ask("whole", `width=${width}`);
    const fits = near && near.start <= Math.max(span.from, this.from) && near.end >= Math.min(span.to, now)
      && near.step < SLACK * (span.to - span.from) / width && near.step * SLACK > (span.to - span.from) / width;
    const from = Math.max(0, span.from - room);
    if (this._isDue("near", !fits)) this._ask("near", `from=${from}&to=${span.to + room}&width=${Math.min(10_000, Math.ceil(width * (span.to + room - from) / (span.to - span.from)))}`);
  }

  _forget() {
    if (this._known.near || this._known.whole) this.version++;
    this._known = { near: null, whole: null };
    this._asked = { near: -Infinity, whole: -Infinity };
    this.lanes = [];
  }

  /** @param {"near" | "whole"} which @param {boolean} soon it is missing @returns {boolean} */
  _isDue(which, soon) {
    return !this._waits[which] && performance.now() - this._asked[which] > (soon ? EVERY : AGAIN);
  }

  /** @param {"near" | "whole"} which @param {string} query */
  async _ask(which, query) {
    const of = this._of;
    this._waits[which] = true;
    /** @type {Answer | null} */
    const answer = await ask(`/spans?${of ? `task=${encodeURIComponent(of)}&` : ""}${query}`);
    this._waits[which] = false;
    if (of !== this._of || !this.isOn()) return;
    // Who gets no answer keeps what is known, and does not ask at once again.
    this._asked[which] = performance.now() + (answer ? 0 : AGAIN);
    if (answer) this._known[which] = answer;
    this.lanes = this._laid();
    this.version++;
    this._page.draw();
  }

  /** @returns {Lane[]} */
  _laid() {
    const { near, whole } = this._known;
    if (!near) return [];
    const lanes = near.jobs.map(({ job, tracks }) => ({ label: `${job} · earlier runs`, tracks }));
    if (near.left_out) lanes.push({ label: `${plural(near.left_out, "job")} more ran then`, tracks: [] });
    if (whole && whole.first === null) lanes.push({ label: "No earlier run is remembered", tracks: [] });
    return lanes;
  }

  /** Adds all runs to the sums of the overview, without their parts. @param {(time: number) => number} place @param {Float64Array} busy changes by pixel @param {Uint8Array} failed */
  sum(place, busy, failed) {
    for (const { tracks } of this._known.whole?.jobs ?? []) for (const span of tracks.flat()) {
      const [start, stop, , , bad, , key] = span;
      if (key && !isRun(span)) continue;
      busy[place(start)]++;
      busy[place(stop) + 1]--;
      if (bad) failed[place(stop)] = 1;
    }
  }
}

/** @param {Drawn} span @returns {number} */
const statusOf = ([, , , count, failed, canceled]) => failed ? FAILED : canceled === count ? CANCELED : FINISHED;

/** @param {Drawn} span */
const nameOf = ([, , name, count]) => count > 1 ? `${number(count)} × ${plain(name)}` : plain(name);

/** Whether a span is a whole run, which can be compared with. @param {Drawn} span */
export const isRun = ([start, , name, , , , key, began]) => key !== "" && name === key && began === start;

/** The worst that is within a few pixels of an instant. @param {Drawn[]} track @param {number} time @param {number} slack seconds @returns {Drawn | undefined} */
export function spanAt(track, time, slack) {
  const hits = track.filter(([start, stop]) => start <= time + slack && stop >= time - slack);
  return hits.find((span) => statusOf(span) === FAILED) ?? hits.find(([start, stop]) => start <= time && stop >= time) ?? hits[0];
}

/** What it is, how it ended, when it began and how long it took. @param {Drawn} span @param {number} now */
export function cells(span, now) {
  const [start, stop, , count, failed] = span;
  const ended = failed && count > 1 ? `${number(failed)} failed` : STATUSES[statusOf(span)];
  return [nameOf(span), ended, clock(start, now), fine(stop - start)];
}

/** @param {CanvasRenderingContext2D} pen @param {Drawn[]} track @param {number} y @param {Paint} paint @param {Span} seen @param {number} width */
export function drawPast(pen, track, y, paint, { from, to }, width) {
  const scale = width / (to - from);
  for (const span of track) {
    if (span[1] < from || span[0] > to) continue;
    const status = statusOf(span), x = (span[0] - from) * scale;
    drawBlock(pen, x, Math.max((span[1] - from) * scale, x + (status === FAILED ? LEAST : 1)), status, nameOf(span), y, paint);
  }
}
