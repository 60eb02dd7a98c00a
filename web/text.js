// From values to words, and words to the page: durations, times, amounts, and the few DOM calls that write them.

/** Status words in the order of the wire's counts. */
export const STATUSES = Object.freeze(["waiting", "running", "paused", "finished", "failed", "canceled"]);

/** Where keys are text, or the browser's own. */
export const TYPING = "input, textarea, select, [contenteditable]";

/** Names may be 10 kB long; what no row can show need not be laid out. The details show all of it. */
const LONGEST_LABEL = 300;

/**
 * @template {keyof HTMLElementTagNameMap} T
 * @param {T} tag @param {string} className @param {...(Node | string)} children
 * @returns {HTMLElementTagNameMap[T]}
 */
export function el(tag, className = "", ...children) {
  const element = document.createElement(tag);
  if (className) element.className = className;
  element.append(...children);
  return element;
}

/** @param {string} id @returns {HTMLElement} */
export function byId(id) {
  const element = document.getElementById(id);
  if (!element) throw new Error(`index.html has no #${id}`);
  return element;
}

/** @param {string} name of a symbol in index.html @returns {SVGSVGElement} */
export function icon(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  use.setAttribute("href", `#i-${name}`);
  svg.append(use);
  return svg;
}

/** Writes only what changed: an untouched text node costs no layout. @param {Element} node @param {string} text */
export function write(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

/** @param {Element} node @param {string} name @param {string | null} value null takes the attribute away */
export function attribute(node, name, value) {
  if (value === null) node.removeAttribute(name);
  else if (node.getAttribute(name) !== value) node.setAttribute(name, value);
}

/** @param {string} words @param {Record<string, string>} options @param {() => void} changed */
export function choice(words, options, changed) {
  const select = el("select", "", ...Object.entries(options).map(([value, text]) => Object.assign(el("option", "", text), { value })));
  select.addEventListener("change", changed);
  return el("label", "", el("span", "dim", `${words} `), select);
}

/** @param {string} text @returns {string} */
export function label(text) {
  return text.length > LONGEST_LABEL ? `${text.slice(0, LONGEST_LABEL)}…` : text;
}

/** What controls a terminal, ends a line or turns text around. */
export const UNSEEN = /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/gu;

/** Without any of it: neither a window's title nor a picture can isolate it. @param {string} text */
export function plain(text) {
  return label(text).replace(UNSEEN, " ");
}

/** Ten years of seconds: what takes longer is nonsense from a clock that was not set, and is not shown. */
export const LONGEST = 10 * 365 * 86400;

/** Seconds that the difference of two instants may lack. */
const INEXACT = 1e-3;

const two = (/** @type {number} */ n) => String(n).padStart(2, "0");

/** What was measured: 0:42, 3:12, 1:04:09, 2 d 03 h. @param {number} seconds */
export function duration(seconds) {
  if (!(seconds <= LONGEST)) return "–";
  const s = Math.max(0, Math.floor(seconds + INEXACT));
  if (s < 3600) return `${Math.floor(s / 60)}:${two(s % 60)}`;
  if (s < 86400) return `${Math.floor(s / 3600)}:${two(Math.floor(s / 60) % 60)}:${two(s % 60)}`;
  return `${Math.floor(s / 86400)} d ${two(Math.floor(s / 3600) % 24)} h`;
}

/** What was measured, in a sentence: 0.4 s, 42 s, 3 min 12 s, 1 h 04 min. @param {number} seconds */
export function spoken(seconds) {
  if (!(seconds <= LONGEST)) return "–";
  const s = Math.max(0, Math.floor(seconds + INEXACT));
  if (seconds < 10) return `${Math.max(0, seconds).toFixed(1)} s`;
  if (s < 60) return `${s} s`;
  if (s < 3600) return `${Math.floor(s / 60)} min ${two(s % 60)} s`;
  if (s < 86400) return `${Math.floor(s / 3600)} h ${two(Math.floor(s / 60) % 60)} min`;
  return `${Math.floor(s / 86400)} d ${two(Math.floor(s / 3600) % 24)} h`;
}

/** What is only estimated, no finer than it deserves: 40 s, 12 min, 1 h 20 min, 2 d 3 h. @param {number} seconds */
export function roughly(seconds) {
  if (!(seconds <= LONGEST)) return "–";
  const s = Math.max(0, seconds);
  if (s < 20) return `${Math.max(1, Math.round(s))} s`;
  if (s < 90) return `${Math.round(s / 5) * 5} s`;
  const minutes = Math.round(s / 60);
  if (minutes < 90) return `${minutes} min`;
  const fives = Math.round(s / 300) * 5;
  if (fives < 1440) return fives % 60 ? `${Math.floor(fives / 60)} h ${two(fives % 60)} min` : `${fives / 60} h`;
  const hours = Math.round(s / 3600);
  return hours % 24 ? `${Math.floor(hours / 24)} d ${hours % 24} h` : `${hours / 24} d`;
}

/** Two estimates with the unit once, if they share it: 14–33 min, 50 s – 3 min. @param {number} low @param {number} high */
export function between(low, high) {
  const [from, to] = [roughly(low), roughly(high)];
  if (from === to) return from;
  const [, unit] = /^[0-9]+( [a-z]+)$/u.exec(to) ?? [];
  return unit && from.endsWith(unit) && !from.slice(0, -unit.length).includes(" ") ? `${from.slice(0, -unit.length)}–${to}` : `${from} – ${to}`;
}

const DAYS = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/** In the browser's zone, with the day unless it is the day of `now`. @param {number} time @param {number} now */
export function clock(time, now, digits = 0) {
  const date = new Date(Math.round(time * 1000)), today = new Date(now * 1000), words = timeOfDay(date, digits);
  if (date.toDateString() === today.toDateString()) return words;
  return `${date.getFullYear() === today.getFullYear() ? `${DAYS[date.getDay()]} ${dayOf(date)}` : `${dayOf(date)} ${date.getFullYear()}`}, ${words}`;
}

/** @param {number} time @param {number} now */
export const clockMinutes = (time, now) => clock(time, now, -1);

/** By hand: Intl takes longer to be set up than all of the page's other code. @param {Date} date @param {number} digits of a second's fraction; -1 for no seconds */
export function timeOfDay(date, digits) {
  const minutes = `${two(date.getHours())}:${two(date.getMinutes())}`, seconds = digits < 0 ? "" : `:${two(date.getSeconds())}`;
  return minutes + seconds + (digits > 0 ? `.${String(date.getMilliseconds()).padStart(3, "0").slice(0, digits)}` : "");
}

/** @param {Date} date */
export const dayOf = (date) => `${date.getDate()} ${MONTHS[date.getMonth()]}`;

const NUMBER = new Intl.NumberFormat("en", { maximumSignificantDigits: 4 });
const INTEGER = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });
const PACES = /** @type {[number, string][]} */ ([[1, "s"], [60, "min"], [3600, "h"]]);
const BYTE_STEPS = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"];

/** @param {number} value */
export const number = (value) => Math.abs(value) >= 1000 ? INTEGER.format(value) : NUMBER.format(value);

/** @param {string} unit */
export const isBytes = (unit) => /^(b|bytes?)$/i.test(unit);

/** A number with its unit; bytes in steps of 1024. @param {number} value @param {string} unit */
export function amount(value, unit) {
  if (!isBytes(unit)) return unit ? `${number(value)} ${label(unit)}` : number(value);
  const step = Math.min(BYTE_STEPS.length - 1, Math.max(0, Math.floor(Math.log2(Math.abs(value) || 1) / 10)));
  return `${NUMBER.format(Number((value / 1024 ** step).toPrecision(3)))} ${BYTE_STEPS[step]}`;
}

/** So much in a second, a minute or an hour: whichever has one at least. @param {number} rate a second @param {string} unit */
export function pace(rate, unit) {
  const [seconds, word] = PACES.find(([length]) => rate * length >= 1) ?? PACES[2];
  return `${amount(Number((rate * seconds).toPrecision(3)), unit)}/${word}`;
}

/** 100 % is for what is complete, so everything else rounds down. @param {number} fraction */
export function percent(fraction) {
  return `${Math.floor(Math.min(1, Math.max(0, fraction)) * 100 + 1e-9)}%`;
}

/** @param {number} n @param {string} one @param {string} many */
export const plural = (n, one, many = `${one}s`) => `${number(n)} ${n === 1 ? one : many}`;
