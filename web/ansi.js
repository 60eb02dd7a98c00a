// What a program meant by its escape sequences: colours and weights (SGR) as classes, everything else left out; and what was searched for.

import { el, UNSEEN } from "./text.js";

/** @typedef {{text: string, classes: string}} Piece */

/** An escape sequence of any kind: CSI, OSC (links, titles) up to its end, or two characters. */
const ESCAPE = /\u001b(?:\[([0-9;:]*)([@-~])|\][^\u0007\u001b]*(?:\u0007|\u001b\\)?|[@-Z\\^_]|.)?/gu;
const NAMES = ["black", "red", "green", "yellow", "blue", "magenta", "cyan", "white"];
/** Words of a line that tells of trouble: enough to tint it; the daemon's own search finds the first error. */
const TROUBLE = /\b(error|fatal|failed|failure|exception|traceback|panic)\b/iu;
const WARNING = /\bwarn(ing)?\b/iu;

/** @param {string} text one line @returns {Piece[]} */
export function pieces(text) {
  if (!text.includes("\u001b")) return [{ text: clean(text), classes: "" }];
  const found = [];
  const style = { bold: false, faint: false, italic: false, underline: false, colour: "", ground: "" };
  let at = 0;
  for (const match of text.matchAll(ESCAPE)) {
    if (match.index > at) found.push({ text: clean(text.slice(at, match.index)), classes: classes(style) });
    at = match.index + match[0].length;
    if (match[2] === "m") select(style, match[1]);
  }
  if (at < text.length) found.push({ text: clean(text.slice(at)), classes: classes(style) });
  return found;
}

/** @param {string} text @returns {"" | "trouble" | "warning"} */
export function severity(text) {
  return TROUBLE.test(text) ? "trouble" : WARNING.test(text) ? "warning" : "";
}

/** A tab is a blank; what would move or turn text is a dot: a log must not rearrange the page. @param {string} text */
const clean = (text) => text.replace(UNSEEN, (each) => each === "\t" ? each : "·");

/** @param {{bold: boolean, faint: boolean, italic: boolean, underline: boolean, colour: string, ground: string}} style */
function classes({ bold, faint, italic, underline, colour, ground }) {
  return [bold && "bold", faint && "faint", italic && "italic", underline && "underline", colour && `ink-${colour}`, ground && `on-${ground}`]
    .filter(Boolean).join(" ");
}

/** Select Graphic Rendition (ECMA-48, 8.3.117). @param {Parameters<typeof classes>[0]} style @param {string} codes */
function select(style, codes) {
  const list = codes.split(/[;:]/u).map(Number);
  for (let i = 0; i < list.length; i++) {
    const code = list[i];
    if (code === 0) Object.assign(style, { bold: false, faint: false, italic: false, underline: false, colour: "", ground: "" });
    else if (code === 1) style.bold = true;
    else if (code === 2) style.faint = true;
    else if (code === 3) style.italic = true;
    else if (code === 4) style.underline = true;
    else if (code === 22) style.bold = style.faint = false;
    else if (code === 23) style.italic = false;
    else if (code === 24) style.underline = false;
    else if (code === 39) style.colour = "";
    else if (code === 49) style.ground = "";
    else if (code === 38 || code === 48) {
      const name = nearest(list, i);
      if (code === 38) style.colour = name;
      else style.ground = name;
      i += list[i + 1] === 5 ? 2 : 4;
    } else if ((code >= 30 && code <= 37) || (code >= 90 && code <= 97)) style.colour = NAMES[code % 10];
    else if ((code >= 40 && code <= 47) || (code >= 100 && code <= 107)) style.ground = NAMES[code % 10];
  }
}

/** One of the eight names for a colour of 256, or of 16 million: readable in both themes, which the exact one is not. */
function nearest(/** @type {number[]} */ list, /** @type {number} */ i) {
  let [red, green, blue] = [list[i + 2] ?? 0, list[i + 3] ?? 0, list[i + 4] ?? 0];
  if (list[i + 1] === 5) {
    const index = list[i + 2] ?? 0;
    if (index < 16) return NAMES[index % 8];
    if (index >= 232) return index < 244 ? "black" : "white";
    [red, green, blue] = [Math.floor((index - 16) / 36), Math.floor((index - 16) / 6) % 6, (index - 16) % 6].map((level) => level * 51);
  }
  const half = Math.max(red, green, blue) / 2;
  return NAMES[(red > half ? 1 : 0) + (green > half ? 2 : 0) + (blue > half ? 4 : 0)];
}

/** The text with what was searched for marked. @param {string} text @param {string} word @param {string} classes */
export function marked(text, word, classes) {
  if (!word) return [classes ? el("span", classes, text) : text];
  const found = [], seek = word === word.toLowerCase() ? text.toLowerCase() : text;
  let at = 0;
  for (let next = seek.indexOf(word); next >= 0; next = seek.indexOf(word, at)) {
    found.push(text.slice(at, next), el("mark", "", text.slice(next, next + word.length)));
    at = next + word.length;
  }
  return [el("span", classes, ...found, text.slice(at))];
}
