// One series on a canvas: the mean as a line, low to high as a band, two standard deviations as a darker one, counts below.

import { amount, isBytes } from "./text.js";

/**
 * @typedef {import("./stream.js").Point} Point
 * @typedef {import("./range.js").Span} Span
 * @typedef {import("./spans.js").Paint} Paint
 */

/** Pixels. */
const COUNTS = 14, LEFT = 4, TOP = 6;
/** Steps without a value after which the line breaks: nothing was measured there. */
const BREAK = 5;
const SIGMAS = 2;
/** Higher than this there is no room for a label above its line. */
const ABOVE = 12;
const LABELS = new Intl.NumberFormat("en", { maximumSignificantDigits: 3, notation: "compact" });

/**
 * @param {HTMLCanvasElement} canvas @param {Point[]} points by start @param {Span} span @param {number} step seconds
 * @param {string} unit @param {Paint} paint @param {number} pointed where the pointer is, as a share of the width; NaN for nowhere
 */
export function drawSeries(canvas, points, span, step, unit, paint, pointed) {
  const fine = devicePixelRatio || 1, width = canvas.clientWidth, height = canvas.clientHeight;
  canvas.width = Math.max(1, Math.round(width * fine));
  canvas.height = Math.max(1, Math.round(height * fine));
  const pen = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  pen.scale(fine, fine);
  const seen = points.filter(({ start }) => start + step >= span.from && start <= span.to);
  const x = (/** @type {number} */ time) => (time - span.from) / (span.to - span.from) * width;
  if (!isNaN(pointed)) {
    pen.fillStyle = paint.accent;
    pen.fillRect(pointed * width, 0, 1, height);
  }
  if (seen.length === 0) return;
  const scale = scaled(seen, height - COUNTS - TOP);
  drawGrid(pen, scale, unit, width, paint);
  for (const part of parts(seen, step)) drawPart(pen, part, (point) => x(point.start + step / 2), scale.y, paint);
  drawCounts(pen, seen, x, step, width, height, paint);
}

/** The lowest and highest that were measured, with room; a flat line stands in the middle. @param {Point[]} points @param {number} height */
function scaled(points, height) {
  let low = Infinity, high = -Infinity;
  for (const point of points) {
    low = Math.min(low, point.low);
    high = Math.max(high, point.high);
  }
  const room = (high - low) * 0.05 || Math.abs(high) * 0.1 || 1;
  low -= room;
  high += room;
  return { low, high, y: (/** @type {number} */ value) => TOP + (1 - (value - low) / (high - low)) * height };
}

/** @param {CanvasRenderingContext2D} pen @param {ReturnType<typeof scaled>} scale @param {string} unit @param {number} width @param {Paint} paint */
function drawGrid(pen, { low, high, y }, unit, width, paint) {
  // Bytes are told in steps of 1024, so round numbers of them are too.
  const whole = isBytes(unit) ? 1024 ** Math.max(0, Math.floor(Math.log2(Math.max(Math.abs(low), Math.abs(high))) / 10)) : 1;
  const raw = (high - low) / 3 / whole, size = 10 ** Math.floor(Math.log10(raw));
  const step = ([1, 2, 5, 10].find((each) => each * size >= raw) ?? 10) * size * whole;
  pen.font = `11px ${paint.font}`;
  pen.textBaseline = "middle";
  for (let n = Math.ceil(low / step); n * step <= high; n++) {
    pen.fillStyle = paint.line;
    pen.fillRect(0, Math.round(y(n * step)), width, 1);
    pen.fillStyle = paint.dim;
    if (y(n * step) > ABOVE) pen.fillText(isBytes(unit) ? amount(n * step, unit) : LABELS.format(n * step), LEFT, y(n * step) - 7);
  }
}

/** @param {Point[]} points @param {number} step @returns {Point[][]} runs without a gap */
function parts(points, step) {
  /** @type {Point[][]} */
  const found = [[points[0]]];
  for (let i = 1; i < points.length; i++) {
    if (points[i].start - points[i - 1].start > BREAK * step) found.push([]);
    found[found.length - 1].push(points[i]);
  }
  return found;
}

/** @param {CanvasRenderingContext2D} pen @param {Point[]} part @param {(point: Point) => number} x @param {(value: number) => number} y @param {Paint} paint */
function drawPart(pen, part, x, y, paint) {
  const deviation = (/** @type {Point} */ point) => SIGMAS * Math.sqrt(Math.max(0, point.variance));
  pen.fillStyle = pen.strokeStyle = paint.status[1];
  pen.globalAlpha = 0.14;
  band(pen, part, x, (point) => y(point.high), (point) => y(point.low));
  pen.globalAlpha = 0.22;
  // What is two deviations off need not have been: the band never leaves what was measured.
  band(pen, part, x, (point) => y(Math.min(point.high, point.mean + deviation(point))), (point) => y(Math.max(point.low, point.mean - deviation(point))));
  pen.globalAlpha = 1;
  pen.lineWidth = 1.5;
  pen.beginPath();
  for (const point of part) pen.lineTo(x(point), y(point.mean));
  pen.stroke();
  if (part.length > 1) return;
  pen.beginPath();
  pen.arc(x(part[0]), y(part[0].mean), 2, 0, 2 * Math.PI);
  pen.fill();
}

/** @param {CanvasRenderingContext2D} pen @param {Point[]} part @param {(point: Point) => number} x @param {(point: Point) => number} top @param {(point: Point) => number} bottom */
function band(pen, part, x, top, bottom) {
  pen.beginPath();
  for (const point of part) pen.lineTo(x(point), top(point));
  for (let i = part.length - 1; i >= 0; i--) pen.lineTo(x(part[i]), bottom(part[i]));
  pen.fill();
}

/** @param {CanvasRenderingContext2D} pen @param {Point[]} points @param {(time: number) => number} x @param {number} step @param {number} width @param {number} height @param {Paint} paint */
function drawCounts(pen, points, x, step, width, height, paint) {
  const most = points.reduce((found, { count }) => Math.max(found, count), 0);
  if (most <= 1) return;
  pen.fillStyle = paint.dim;
  pen.globalAlpha = 0.5;
  for (const point of points) {
    const size = point.count / most * (COUNTS - 3), wide = Math.max(1, x(point.start + step) - x(point.start) - 1);
    pen.fillRect(Math.min(width, x(point.start)), height - size, wide, size);
  }
  pen.globalAlpha = 1;
}
