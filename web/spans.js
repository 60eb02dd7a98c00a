// Draws spans and markers on a canvas: what is narrower than a pixel is joined into runs, the worst on top.

import { CANCELED, FAILED, FINISHED, PAUSED, RUNNING, WAITING } from "./store.js";
import { duration, plain } from "./text.js";

/**
 * @typedef {import("./lanes.js").Lanes} Lanes
 * @typedef {import("./lanes.js").Track} Track
 * @typedef {import("./store.js").Store} Store
 * @typedef {import("./range.js").Span} Span
 * @typedef {{span: Span, now: number, width: number, cutoff: number, selected: number, stale: boolean, path: Set<number> | null}} Look  `path`: the rest is pale
 */

export const TRACK = 18;
const GAP = 2;
/** Narrower spans have no room for a letter. */
const LETTERED = 26;
/** Pixels. What failed is at least this wide at any zoom. */
export const LEAST = 2;
/** Narrower spans, and those that are closer together, are joined. */
const NARROW = 1.5;
/** What is beside the point. */
const PALE = 0.15;
/** How high is what is only waited for. */
const THIN = 3;
/** Which of those that share a pixel is seen: by index of status, higher is worse. */
const WORSE = new Uint8Array(6);
[FINISHED, WAITING, CANCELED, PAUSED, RUNNING, FAILED].forEach((status, rank) => { WORSE[status] = rank; });
const PATTERNS = ["running", "failed"];

/** Colours as the page's style has them now; asked for anew when the theme changes. */
export class Paint {
  /** @param {HTMLElement} element within the theme */
  constructor(element) {
    const probe = element.appendChild(document.createElement("i"));
    /** @param {string} name */
    const read = (name) => {
      probe.style.color = `var(--${name})`;
      return getComputedStyle(probe).color;
    };
    this.status = ["waiting", "running", "paused", "finished", "failed", "canceled"].map(read);
    this.text = read("text");
    this.dim = read("dim");
    this.line = read("line-colour");
    this.page = read("page");
    this.accent = read("accent");
    this.hatched = PATTERNS.map((name) => hatch(read(name), this.page));
    probe.remove();
    this.font = getComputedStyle(element).fontFamily;
  }
}

/** A pattern beside the colour, for eyes that do not tell it. @param {string} colour @param {string} page */
function hatch(colour, page) {
  const tile = document.createElement("canvas"), size = tile.width = tile.height = 8;
  const pen = /** @type {CanvasRenderingContext2D} */ (tile.getContext("2d"));
  pen.fillStyle = colour;
  pen.fillRect(0, 0, size, size);
  pen.strokeStyle = page;
  pen.globalAlpha = 0.25;
  pen.lineWidth = 1.5;
  for (const shift of [-size, 0, size]) {
    pen.beginPath();
    pen.moveTo(shift, size);
    pen.lineTo(shift + size, 0);
    pen.stroke();
  }
  return pen.createPattern(tile, "repeat") ?? colour;
}

/**
 * Draws one track. @param {CanvasRenderingContext2D} pen @param {Track} track @param {number} y @param {Store} store
 * @param {Lanes} lanes @param {Paint} paint @param {Look} look
 */
export function drawTrack(pen, track, y, store, lanes, paint, look) {
  const { span, now, width, cutoff, path } = look;
  const { starts } = lanes, scale = width / (span.to - span.from), rows = track.rows;
  const run = { x: NaN, end: NaN, worst: 0, first: -1, count: 0, same: true, pale: false };
  /** @type {number[]} where something failed that is too narrow to hold its place against its neighbours */
  const failed = [];
  const flush = () => {
    if (run.count > 1) drawBlock(pen, run.x, run.end, run.worst, `${run.count} × ${run.same ? plain(store.name[run.first]) : "spans"}`, y, paint, run.pale);
    else if (run.count === 1) drawSpan(pen, run.first, run.x, run.end, y, store, paint, look);
    run.count = 0;
  };
  for (let i = firstIn(rows, starts, span.from); i < rows.length; i++) {
    const row = rows[i], start = starts[row];
    if (start > span.to) break;
    const stop = lanes.end(row, now);
    if (stop < span.from || (stop - start < cutoff && store.status[row] !== FAILED)) continue;
    const x = (start - span.from) * scale;
    const end = Math.max((stop - span.from) * scale, x + (store.status[row] === FAILED ? LEAST : 0));
    const narrow = stop - start < NARROW / scale;
    if (narrow && store.status[row] === FAILED) failed.push(x);
    if (run.count && narrow && x - run.end < NARROW) {
      if (WORSE[store.status[row]] > WORSE[run.worst]) run.worst = store.status[row];
      run.same &&= store.name[row] === store.name[run.first];
      run.end = Math.max(run.end, end);
      run.pale &&= !path?.has(row);
      run.count++;
      continue;
    }
    flush();
    Object.assign(run, { x, end, worst: store.status[row], first: row, count: 1, same: true, pale: path !== null && !path.has(row) });
    if (!narrow) flush();
  }
  flush();
  pen.fillStyle = paint.status[FAILED];
  let drawn = -Infinity;
  for (const x of failed) {
    if (x - drawn < 1) continue;
    pen.fillRect(Math.round(x), y + GAP, LEAST, TRACK - 2 * GAP);
    drawn = x;
  }
}

/** The last that starts before an instant may reach past it. @param {number[]} rows @param {Float64Array} starts @param {number} from */
function firstIn(rows, starts, from) {
  let low = 0, high = rows.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (starts[rows[middle]] < from) low = middle + 1;
    else high = middle;
  }
  return Math.max(0, low - 1);
}

/** One colour and words for what is no single task of the store. @param {CanvasRenderingContext2D} pen @param {number} x @param {number} end @param {number} status @param {string} words @param {number} y @param {Paint} paint @param {boolean} pale */
export function drawBlock(pen, x, end, status, words, y, paint, pale = false) {
  // A canvas counts in single precision: what begins far outside would end elsewhere.
  const from = Math.max(-4, x), width = Math.max(1, Math.min(end, pen.canvas.width) - from), left = Math.max(0, x);
  pen.fillStyle = status === FAILED ? paint.hatched[1] : paint.status[status];
  pen.globalAlpha = pale ? PALE : status === FINISHED ? 0.55 : 1;
  pen.fillRect(from, y + GAP, width, TRACK - 2 * GAP);
  pen.globalAlpha = 1;
  if (end - left > LETTERED) write(pen, words, left, end - left, y, status === FAILED && !pale ? paint.page : paint.text);
}

/** @param {CanvasRenderingContext2D} pen @param {number} row @param {number} x @param {number} end @param {number} y @param {Store} store @param {Paint} paint @param {Look} look */
function drawSpan(pen, row, x, end, y, store, paint, { span, width, selected, stale, path }) {
  const status = store.status[row], open = status === RUNNING, pale = path !== null && !path.has(row);
  const { asked, started } = store.values;
  // A lock is waited for first: that part is thin, for nothing is done in it.
  const held = isNaN(asked[row]) ? x : isNaN(started[row]) ? end : (started[row] - span.from) * width / (span.to - span.from);
  if (held > x) drawWait(pen, x, held, y, store.name[row], paint);
  if (held >= end) return;
  const left = Math.max(-4, held), right = Math.min(width + 4, Math.max(end, held + 1)), size = right - left;
  pen.fillStyle = status === FAILED ? paint.hatched[1] : open ? paint.hatched[0] : paint.status[status];
  pen.globalAlpha = pale ? PALE : status === FINISHED || stale ? 0.55 : 1;
  if (open) openEnded(pen, left, right, y);
  else pen.fillRect(left, y + GAP, size > 3 ? size - 1 : size, TRACK - 2 * GAP);
  pen.globalAlpha = 1;
  if (row === selected) {
    // Not in a colour of a status: what runs is as blue as what is selected elsewhere.
    pen.strokeStyle = paint.text;
    pen.lineWidth = 2;
    pen.strokeRect(left, y + 1, size, TRACK - 2);
  }
  if (size > LETTERED) write(pen, plain(store.name[row]), Math.max(0, left), size - (left < 0 ? -left : 0), y, (open || status === FAILED) && !pale ? paint.page : paint.text);
}

/** @param {CanvasRenderingContext2D} pen @param {number} x @param {number} end @param {number} y @param {string} name @param {Paint} paint */
function drawWait(pen, x, end, y, name, paint) {
  const left = Math.max(0, x), size = Math.max(1, end - left);
  pen.fillStyle = paint.status[WAITING];
  pen.fillRect(left, y + TRACK - GAP - THIN, size, THIN);
  if (size > LETTERED) write(pen, `waits for ${plain(name)}`, left, size, y - 1, paint.dim);
}

/** What still runs ends in a point: nobody should take its edge for an end. @param {CanvasRenderingContext2D} pen @param {number} left @param {number} right @param {number} y */
function openEnded(pen, left, right, y) {
  const tip = Math.min(6, right - left);
  pen.beginPath();
  pen.moveTo(left, y + GAP);
  pen.lineTo(right - tip, y + GAP);
  pen.lineTo(right, y + TRACK / 2);
  pen.lineTo(right - tip, y + TRACK - GAP);
  pen.lineTo(left, y + TRACK - GAP);
  pen.fill();
}

/** @param {CanvasRenderingContext2D} pen @param {string} text @param {number} x @param {number} room @param {number} y @param {string} colour */
function write(pen, text, x, room, y, colour) {
  pen.save();
  pen.beginPath();
  pen.rect(x, y, room - 3, TRACK);
  pen.clip();
  pen.fillStyle = colour;
  pen.fillText(text, x + 4, y + TRACK / 2 + 0.5);
  pen.restore();
}

/** A marker is a point in time. @param {CanvasRenderingContext2D} pen @param {number} x @param {number} y @param {Paint} paint */
export function drawMarker(pen, x, y, paint) {
  pen.beginPath();
  pen.moveTo(x, y + 3);
  pen.lineTo(x + 5, y + TRACK / 2);
  pen.lineTo(x, y + TRACK - 3);
  pen.lineTo(x - 5, y + TRACK / 2);
  pen.closePath();
  pen.fillStyle = paint.page;
  pen.fill();
  pen.strokeStyle = paint.text;
  pen.lineWidth = 1.5;
  pen.stroke();
}

/**
 * How much ran when, all of it, with the part that is seen.
 * @param {CanvasRenderingContext2D} pen @param {Float64Array} busy @param {Uint8Array} failed by pixel @param {number} height @param {Paint} paint
 */
export function drawOverview(pen, busy, failed, height, paint) {
  let most = 1;
  for (const value of busy) most = Math.max(most, value);
  for (let x = 0; x < busy.length; x++) {
    const size = busy[x] ? Math.max(1, busy[x] / most * (height - 4)) : 0;
    pen.fillStyle = failed[x] ? paint.status[FAILED] : paint.status[FINISHED];
    pen.globalAlpha = failed[x] ? 1 : 0.6;
    pen.fillRect(x, height - size, 1, failed[x] ? Math.max(size, 5) : size);
  }
  pen.globalAlpha = 1;
}

/** @param {number} seconds @returns {string} for what is measured or pointed at, down to microseconds */
export function fine(seconds) {
  if (seconds >= 60) return duration(seconds);
  if (seconds >= 1) return `${seconds.toFixed(2)} s`;
  return seconds >= 1e-3 ? `${(seconds * 1e3).toFixed(1)} ms` : `${Math.round(seconds * 1e6)} µs`;
}

/** @param {HTMLCanvasElement} canvas @param {number} width @param {number} height @returns {boolean} whether it was emptied */
export function fit(canvas, width, height) {
  const fine = devicePixelRatio || 1, [w, h] = [Math.max(1, Math.round(width * fine)), Math.max(1, Math.round(height * fine))];
  if (canvas.width === w && canvas.height === h) return false;
  canvas.width = w;
  canvas.height = h;
  canvas.style.width = `${width}px`;
  canvas.style.height = `${height}px`;
  return true;
}

/** @param {HTMLCanvasElement} canvas @param {Paint} paint */
export function pencil(canvas, paint) {
  const pen = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  const fine = devicePixelRatio || 1;
  pen.setTransform(fine, 0, 0, fine, 0, 0);
  pen.clearRect(0, 0, canvas.width, canvas.height);
  pen.font = `12px ${paint.font}`;
  pen.textBaseline = "middle";
  return pen;
}
