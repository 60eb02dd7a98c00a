// The timeline in words, for eyes and ears that get nothing from a picture: a table of what is in view, and what is pointed at.

import { elapsed, waitedFor } from "./columns.js";
import { cells, isRun } from "./past.js";
import { fine } from "./spans.js";
import { attribute, clock, el, label, number, plain, STATUSES, write } from "./text.js";

/**
 * @typedef {import("./store.js").Store} Store
 * @typedef {import("./timeline.js").Timeline} Timeline
 * @typedef {import("./past.js").Drawn} Drawn
 * @typedef {{start: number, cells: () => string[]}} Line  Unix seconds; what it says, made only if it is shown
 */

/** Rows; more would be no view of it. */
const MOST = 500;
/** Milliseconds between two looks: who reads or hears it must be able to follow. */
const EVERY = 1000;

export class SpanTable {
  /** @param {() => void} toggled */
  constructor(toggled) {
    this.button = el("button", "", "Table");
    this._caption = el("caption");
    this._body = el("tbody");
    const head = el("tr", "", ...["Task", "Status", "Started", "Took"].map((word) => el("th", "", word)));
    this.element = el("div", "table", el("table", "", this._caption, el("thead", "", head), this._body));
    this.element.hidden = true;
    this._drawn = -Infinity;
    this.button.addEventListener("click", () => {
      this.element.hidden = !this.element.hidden;
      attribute(this.button, "aria-pressed", String(!this.element.hidden));
      this._drawn = -Infinity;
      toggled();
    });
  }

  /** Lines stay where they are while they are read: only words that changed are written. @param {() => Line[]} find */
  draw(find) {
    const time = performance.now();
    if (this.element.hidden || time - this._drawn < EVERY) return;
    this._drawn = time;
    const lines = find(), body = this._body;
    write(this._caption, lines.length > MOST ? `The first ${number(MOST)} of ${number(lines.length)} spans in view` : `${number(lines.length)} spans in view`);
    lines.slice(0, MOST).forEach((line, place) => {
      const words = line.cells(), row = body.children[place] ?? body.appendChild(el("tr", "", ...words.map(() => el("td"))));
      words.forEach((word, column) => write(row.children[column], word));
    });
    while (body.children.length > Math.min(lines.length, MOST)) body.lastElementChild?.remove();
  }
}

/** All that is in view, in the order of time. @param {Timeline} timeline @param {Store} store @param {number} now @returns {Line[]} */
export function spansIn({ lanes, past, span: { from, to } }, store, now) {
  const { starts } = lanes;
  const rows = lanes.tracks.flatMap((track) => track.rows)
    .filter((row) => starts[row] <= to && lanes.end(row, now) >= from)
    .map((row) => ({ start: starts[row], cells: () => [label(store.name[row]), ended(store, row, now), clock(starts[row], now), fine(elapsed(store, row, now) || 0)] }));
  const earlier = past.lanes.flatMap(({ tracks }) => tracks.flat())
    .filter(([start, stop]) => start <= to && stop >= from)
    .map((span) => ({ start: span[0], cells: () => cells(span, now) }));
  return [...earlier, ...rows].sort((a, b) => a.start - b.start);
}

/** What is pointed at. @param {Store} store @param {number} row @param {number} from when all of it began @param {number} now */
export function told(store, row, from, now) {
  const { started, asked } = store.values, start = isNaN(started[row]) ? asked[row] : started[row], message = store.texts.message[row];
  return `${plain(store.name[row])}\n${ended(store, row, now)}, ${fine(elapsed(store, row, now) || 0)} from ${clock(start, now)} (+${fine(start - from)})${message ? `\n${plain(message)}` : ""}`;
}

/** @param {Store} store @param {number} row @param {number} now */
function ended(store, row, now) {
  const waited = waitedFor(store, row, now);
  return STATUSES[store.status[row]] + (waited >= 0 ? `, waited ${fine(waited)} for the lock` : "");
}

/** Likewise, of an earlier run. @param {Drawn} span @param {import("./ghost.js").Ghost | undefined} ghost @param {number} now */
export function toldOfPast(span, ghost, now) {
  const [name, ended, start, took] = cells(span, now), compares = isRun(span) && ghost?.has(span[0]);
  return `${name}\n${ended}, ${took} from ${start}\n${compares ? "Click: compare with it. " : ""}Double click: look into it`;
}
