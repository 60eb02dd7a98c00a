// The timeline as a table, for eyes and ears that get nothing from a picture.

import { elapsed } from "./columns.js";
import { fine } from "./spans.js";
import { attribute, clock, el, label, number, STATUSES, write } from "./text.js";

/**
 * @typedef {import("./store.js").Store} Store
 * @typedef {import("./lanes.js").Lanes} Lanes
 * @typedef {import("./range.js").Span} Span
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

  /** Lines stay where they are while they are read: only words that changed are written. @param {Store} store @param {Lanes} lanes @param {Span} span @param {number} now */
  draw(store, lanes, span, now) {
    const time = performance.now();
    if (this.element.hidden || time - this._drawn < EVERY) return;
    this._drawn = time;
    const { started } = store.values;
    const rows = lanes.tracks.flatMap((track) => track.rows)
      .filter((row) => started[row] <= span.to && lanes.end(row, now) >= span.from)
      .sort((a, b) => started[a] - started[b]);
    write(this._caption, rows.length > MOST ? `The first ${number(MOST)} of ${number(rows.length)} spans in view` : `${number(rows.length)} spans in view`);
    rows.slice(0, MOST).forEach((row, place) => {
      const words = [label(store.name[row]), STATUSES[store.status[row]], clock(started[row], now), fine(elapsed(store, row, now))];
      const line = this._body.children[place] ?? this._body.appendChild(el("tr", "", ...words.map(() => el("td"))));
      words.forEach((word, column) => write(line.children[column], word));
    });
    while (this._body.children.length > Math.min(rows.length, MOST)) this._body.lastElementChild?.remove();
  }
}
