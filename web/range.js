// The stretch of time that the timeline and the series show: what the address says of it, zooming, and the ruler's ticks.

import { dayOf, timeOfDay } from "./text.js";

/**
 * @typedef {{from: number, to: number}} Span  Unix seconds
 * @typedef {import("./main.js").Page} Page
 */

/** Seconds: finer than producers' clocks is of no use, and longer than this is no work. */
const SHORTEST = 1e-4;
const LONGEST = 3650 * 86400;
/** Room after the live edge, as a share of the width: what grows must not stick to the border. */
const AHEAD = 0.03;
const UNITS = /** @type {Record<string, number>} */ ({ s: 1, m: 60, h: 3600, d: 86400 });
/** Distances of ticks that people read without thinking. */
const STEPS = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400];

export class Range {
  /** @param {Page} page */
  constructor(page) {
    this._page = page;
  }

  /** What is to be seen: as the address asks, or else all of what is given. @param {Span} whole @param {number} now @returns {Span} */
  shown(whole, now) {
    return parse(this._page.view.get("window"), now) ?? { from: whole.from, to: whole.to + Math.max(1e-3, (whole.to - whole.from) * AHEAD) };
  }

  /** A stretch that moves on with time is kept relative to now, any other as it is. @param {Span} span @param {number} now */
  put(span, now) {
    const width = Math.min(LONGEST, Math.max(SHORTEST, span.to - span.from));
    const live = span.from < now && Math.abs(span.to - now) <= width * AHEAD;
    this._page.view.put({ window: live ? `-${trim(now - span.from)}s..now` : `${trim(span.from)}..${trim(span.from + width)}` });
  }

  /** All of it. */
  fit() {
    this._page.view.put({ window: "" });
  }

  /** Whether the right edge is now. */
  isLive() {
    const text = this._page.view.get("window");
    return text === "" || text.endsWith("..now");
  }
}

/** @param {Span} span @param {number} at the instant that stays where it is @param {number} factor below 1 to see less @returns {Span} */
export function zoomed({ from, to }, at, factor) {
  const width = Math.min(LONGEST, Math.max(SHORTEST, (to - from) * factor));
  const share = (at - from) / (to - from);
  return { from: at - share * width, to: at + (1 - share) * width };
}

/**
 * @param {Span} span @param {number} room how many ticks fit
 * @returns {{time: number, words: string}[]} local time, with the day where it changes
 */
export function ticks({ from, to }, room) {
  const least = (to - from) / Math.max(1, room);
  const step = least < 1 ? 10 ** Math.ceil(Math.log10(least)) : STEPS.find((each) => each >= least) ?? Math.ceil(least / 86400) * 86400;
  const digits = step < 1 ? Math.min(3, Math.ceil(-Math.log10(step))) : step < 60 ? 0 : -1;
  const offset = new Date(from * 1000).getTimezoneOffset() * -60;
  const found = [];
  let day = "";
  for (let n = Math.ceil((from + offset) / step); n * step - offset <= to && found.length <= room + 1; n++) {
    const time = n * step - offset;
    const date = new Date(Math.round(time * 1000)), today = dayOf(date);
    const words = day !== "" && today !== day || step >= 86400 ? today : timeOfDay(date, digits);
    day = today;
    found.push({ time, words });
  }
  return found;
}

/** @param {string} text @param {number} now @returns {Span | null} null for all, and for what is no stretch of time */
function parse(text, now) {
  const [from, to] = text.split("..").map((part) => instant(part, now));
  return from < to && to - from <= LONGEST ? { from, to } : null;
}

/** @param {string} part such as now, -30m, 1700000000.5 @param {number} now @returns {number} NaN if it is none of them */
function instant(part, now) {
  if (part === "now") return now;
  const relative = /^-([0-9]+(?:\.[0-9]+)?)([smhd])$/.exec(part);
  return relative ? now - Number(relative[1]) * UNITS[relative[2]] : part ? Number(part) : NaN;
}

/** @param {number} seconds */
const trim = (seconds) => String(Number(seconds.toFixed(4)));
