// What stands behind and above the spans of the timeline: lines and words of time, now, and where the selected task is if it is elsewhere.

import { ticks } from "./range.js";

/**
 * @typedef {import("./range.js").Span} Span
 * @typedef {import("./spans.js").Paint} Paint
 * @typedef {{pen: CanvasRenderingContext2D, paint: Paint, span: Span, width: number, height: number}} Sheet  pixels
 */

/** Pixels: of the ruler's height, and between two ticks. */
export const RULER = 22;
const TICK = 96;

/** Below the spans, for they are what is looked at. @param {Sheet} sheet */
export function drawGrid({ pen, paint, span, width, height }) {
  pen.fillStyle = paint.line;
  for (const { time } of ticks(span, width / TICK)) pen.fillRect(Math.round(placeOf(time, span, width)), 0, 1, height);
}

/** @param {Sheet} sheet @param {number} now */
export function drawRuler({ pen, paint, span, width, height }, now) {
  pen.fillStyle = paint.page;
  pen.fillRect(0, 0, width, RULER);
  pen.fillStyle = paint.line;
  pen.fillRect(0, RULER - 1, width, 1);
  pen.fillStyle = paint.dim;
  for (const { time, words } of ticks(span, width / TICK)) {
    const x = Math.round(placeOf(time, span, width)) + 4;
    if (x + pen.measureText(words).width <= width) pen.fillText(words, x, RULER / 2);
  }
  pen.fillStyle = paint.accent;
  pen.fillRect(placeOf(now, span, width), 0, 1, height);
}

/** Where what cannot be seen is in time. @param {Sheet} sheet @param {string} words @param {boolean} before */
export function drawElsewhere({ pen, paint, width }, words, before) {
  pen.font = `bold ${pen.font}`;
  const text = before ? `◂ ${words}` : `${words} ▸`, size = Math.min(width / 2, pen.measureText(text).width);
  pen.fillStyle = paint.page;
  pen.fillRect(before ? 0 : width - size - 12, 0, size + 12, RULER - 1);
  pen.fillStyle = paint.text;
  pen.fillText(text, before ? 6 : width - size - 6, RULER / 2, size);
}

/** Pixels from the left. @param {number} time @param {Span} span @param {number} width */
export const placeOf = (time, { from, to }, width) => (time - from) / (to - from) * width;
