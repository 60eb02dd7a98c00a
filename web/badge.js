// The page in one line and one picture: window title and ring icon, for tabs that nobody looks at.

import { FAILED } from "./store.js";
import { byId, plain } from "./text.js";

/** @typedef {import("./answer.js").Subject} Subject */

const SIZE = 64;
/** Readable on a light and on a dark tab strip alike. */
const COLOURS = { rest: "#8b909899", finished: "#12a594", running: "#3b76ea", failed: "#dc3545", stale: "#8b9098" };
const TOP = -Math.PI / 2;

export class Badge {
  constructor() {
    this._drawn = "";
    this._icon = /** @type {HTMLLinkElement} */ (byId("icon"));
    this._canvas = document.createElement("canvas");
    this._canvas.width = this._canvas.height = SIZE;
  }

  /** Called for messages, not for frames: a hidden tab has no frames. @param {Subject | null} subject @param {boolean} stale */
  show(subject, stale) {
    const title = subject ? words(subject, stale) : "progressd";
    if (document.title !== title) document.title = title;
    const failed = subject ? failures(subject) > 0 : false;
    const ends = subject?.ends ?? { finished: 0, running: 0, failed: 0 };
    const drawn = [...Object.values(ends).map((end) => Math.floor(end * 100)), failed, stale].join();
    if (drawn === this._drawn) return;
    this._drawn = drawn;
    this._draw(ends, failed, stale);
  }

  /** @param {Subject["ends"]} ends @param {boolean} failed @param {boolean} stale */
  _draw(ends, failed, stale) {
    const pen = this._canvas.getContext("2d");
    if (!pen) return;
    pen.clearRect(0, 0, SIZE, SIZE);
    pen.lineWidth = 13;
    /** @param {number} from @param {number} to @param {string} colour */
    const arc = (from, to, colour) => {
      if (to <= from) return;
      pen.beginPath();
      pen.strokeStyle = colour;
      pen.arc(SIZE / 2, SIZE / 2, SIZE / 2 - 9, TOP + from * 2 * Math.PI, TOP + to * 2 * Math.PI);
      pen.stroke();
    };
    arc(0, 1, COLOURS.rest);
    arc(0, ends.finished, stale ? COLOURS.stale : COLOURS.finished);
    arc(ends.finished, ends.running, stale ? COLOURS.stale : COLOURS.running);
    arc(ends.running, ends.failed, stale ? COLOURS.stale : COLOURS.failed);
    if (failed) {
      pen.beginPath();
      pen.fillStyle = COLOURS.failed;
      pen.arc(SIZE / 2, SIZE / 2, 12, 0, 2 * Math.PI);
      pen.fill();
    }
    this._icon.href = this._canvas.toDataURL();
  }
}

/** @param {Subject} subject */
function failures(subject) {
  return subject.counts[FAILED] || (subject.status === FAILED ? 1 : 0);
}

/** @param {Subject} subject @param {boolean} stale */
function words(subject, stale) {
  const failed = failures(subject) ? ` ✖${failures(subject)}` : "";
  return `${stale ? "⚠ " : ""}${subject.progress || "…"}${failed} ${plain(subject.name)} – progressd`;
}
