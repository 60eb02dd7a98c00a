// The answer alone, for a screen on a wall, a small window that stays on top, or a frame in another page.

import { rootsOf, subject } from "./answer.js";
import { Bar, leftWords, legend, OVERDUE } from "./row.js";
import { FAILED, FINISHED, PAUSED, RUNNING, WAITING } from "./store.js";
import { byId, clock, clockMinutes, el, icon, label, LONGEST, number, plain, plural, roughly, spoken, STATUSES, write } from "./text.js";

/**
 * @typedef {import("./main.js").Page} Page
 * @typedef {import("./answer.js").Subject} Subject
 */

/** Lines below the bar: a wall is read from afar. */
const LINES = 8;
/** Seconds until the next root has its turn. */
const TURN = 12;
/** Milliseconds between two shifts by a pixel: a screen that shows the same for weeks burns in. */
const SHIFT_MS = 60_000;
/** What is shown of the children, the worst first. */
const WORTH = [FAILED, RUNNING, PAUSED, WAITING];

export class Kiosk {
  /** @param {Page} page @param {HTMLElement} box */
  constructor(page, box) {
    this._page = page;
    this._name = el("bdi");
    this._time = el("time");
    this._percent = el("p", "kiosk-percent");
    this._headline = el("p", "kiosk-headline");
    this._message = el("p", "kiosk-message");
    this._bar = new Bar();
    this._lines = el("ul");
    this._age = el("p", "kiosk-age");
    box.append(el("header", "", el("h2", "", this._name), this._time), this._percent, this._headline, this._message, this._bar.element, this._lines, this._age);
    this._box = box;
    // Of the window that it stands in: its timers end with it.
    box.ownerDocument.defaultView?.setInterval(() => { box.style.translate = `${Math.round(Math.random() * 4 - 2)}px ${Math.round(Math.random() * 4 - 2)}px`; }, SHIFT_MS);
    this._isAwake = false;
  }

  /** @param {number} now */
  draw(now) {
    const about = this._turn(now), { stale } = this._page;
    this._keepAwake();
    write(this._time, clock(now, now));
    write(this._age, this._page.isLive() || isNaN(this._page.age()) ? "" : `data ${roughly(this._page.age())} old`);
    if (!about) return this._drawNothing();
    write(this._name, label(about.name));
    write(this._percent, stale ? "–" : about.progress || "…");
    write(this._headline, stale ? `no data for ${roughly(this._page.age())}` : headline(about, now));
    write(this._message, stale ? "" : label(about.message));
    this._bar.show(about.ends, about.fraction, about.status, about.status === RUNNING && !stale);
    this._bar.describe(plain(about.name), about.progress || "unknown progress", legend(about.ends, about.fraction, about.status));
    this._drawLines(about.row, now);
  }

  /** Without a task, the last one's numbers must not stand there as today's. */
  _drawNothing() {
    const { link, stale } = this._page;
    for (const each of [this._name, this._message]) write(each, "");
    write(this._percent, "–");
    write(this._headline, stale || link.state === "waiting" ? "no answer from the daemon" : "waiting for the first record");
    this._bar.show({ finished: 0, running: 0, failed: 0 }, 0, WAITING, false);
    this._bar.describe("nothing", "no task");
    this._lines.replaceChildren();
  }

  /** A wall must not go dark; only on https or localhost. Browsers take it back from a page that is hidden. */
  async _keepAwake() {
    if (this._isAwake || document.hidden || this._page.view.get("kiosk") !== "1") return;
    this._isAwake = true;
    try {
      const lock = await navigator.wakeLock?.request("screen");
      lock?.addEventListener("release", () => { this._isAwake = false; });
    } catch { /* not granted: then the system's own setting decides */ }
  }

  /** Several roots take turns; what the address selects stays. @param {number} now @returns {Subject | null} */
  _turn(now) {
    const { store, selected } = this._page;
    if (selected) return subject(store, selected, now);
    const roots = rootsOf(store).filter((row) => !store.isDone(row));
    if (roots.length < 2) return subject(store, roots.length ? store.key[roots[0]] : null, now);
    return subject(store, store.key[roots[Math.floor(now / TURN) % roots.length]], now);
  }

  /** @param {number | null} parent null for all roots @param {number} now */
  _drawLines(parent, now) {
    const { store } = this._page, children = parent === null ? rootsOf(store) : [];
    if (parent !== null) for (let row = store.first[parent]; row >= 0; row = store.next[row]) children.push(row);
    const rows = children.filter((row) => WORTH.includes(store.status[row]) || store.counts[row * 6 + FAILED]);
    rows.sort((a, b) => WORTH.indexOf(store.status[a]) - WORTH.indexOf(store.status[b]));
    const items = rows.slice(0, LINES).map((row) => {
      const status = STATUSES[store.status[row]];
      const glyph = el("span", "glyph", icon(status));
      glyph.dataset.status = status;
      const left = store.status[row] === FAILED ? label(store.texts.message[row]) : leftWords(store, row, now, this._page.stale);
      return el("li", "", glyph, el("bdi", "", label(store.name[row])), el("span", "dim", left));
    });
    if (rows.length > LINES) items.push(el("li", "dim", `and ${plural(rows.length - LINES, "more task")}`));
    this._lines.replaceChildren(...items);
  }
}

/** @param {Subject} about @param {number} now */
function headline({ status, left, atLeast, quiet, elapsed, counts }, now) {
  if (status !== RUNNING) return ending(status, elapsed, counts[FAILED]);
  if (left < -OVERDUE) return "taking longer than it looked";
  if (quiet) return `nothing heard for ${roughly(quiet)}`;
  if (isNaN(left)) return "estimating…";
  if (left < 1) return "done any moment now";
  return atLeast ? `at least ${roughly(left)} left` : `done by ${clockMinutes(now + left, now)}, ${roughly(left)} left`;
}

/** @param {number} status @param {number} seconds @param {number} failed */
function ending(status, seconds, failed) {
  const word = STATUSES[status], took = seconds <= LONGEST ? ` ${status === FINISHED ? "in" : "after"} ${spoken(seconds)}` : "";
  const more = failed ? `, ${number(failed)} failed` : "";
  return status >= FINISHED ? `${word}${took}${more}` : word;
}

/** A small window that stays on top, or where there is none such, a small window. @param {Page} page */
export async function popOut(page) {
  const size = { width: 340, height: 220 };
  const pictures = /** @type {{requestWindow: (size: object) => Promise<Window>} | undefined} */ (/** @type {any} */ (globalThis).documentPictureInPicture);
  const address = new URL(location.href);
  address.searchParams.set("mini", "1");
  if (!pictures) {
    open(address, "progressd-mini", `popup,width=${size.width},height=${size.height}`);
    return;
  }
  const opened = await pictures.requestWindow(size);
  for (const sheet of document.querySelectorAll("link[rel=stylesheet]")) opened.document.head.append(sheet.cloneNode());
  opened.document.documentElement.dataset.theme = document.documentElement.dataset.theme;
  opened.document.body.dataset.mode = "mini";
  const box = opened.document.body.appendChild(el("section", "kiosk"));
  // Icons are drawn from symbols of the document that they stand in.
  opened.document.body.append(/** @type {Element} */ (byId("symbols")).cloneNode(true));
  const kiosk = new Kiosk(page, box);
  opened.setInterval(() => kiosk.draw(page.now()), 500);
}
