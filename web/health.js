// Whether the page tells the truth: the link's chip and banner, what was lost, and a voice for screen readers.

import { FAILED } from "./store.js";
import { attribute, byId, clock, el, number, plain, plural, roughly, STATUSES, write } from "./text.js";

/**
 * @typedef {import("./main.js").Page} Page
 * @typedef {import("./stream.js").Beat} Beat
 * @typedef {import("./answer.js").Subject} Subject
 * @typedef {{where?: string, why?: string, text?: string, time?: number}} Loss
 */

/** Screen readers read a message to its end; more often than this, none would be. */
const VOICE_GAP = 5;

/** What the daemon's counts mean to somebody who has just lost something. @type {Record<string, string>} */
const MEANINGS = {
  records: "taken in since the daemon's start",
  bad: "left out: no valid record",
  unknown: "left out: of a type that this daemon does not know, such as a newer client's, or the end of what never began",
  dropped: "lost: they came faster than the daemon could take them",
  repeated: "left out without harm: they had come before",
  refused: "not moved: a task cannot stand in itself, nor too deep; it stayed where it was",
  unsent: "ends of tasks that a place which --metrics names did not take",
};

export class Health {
  /** @param {Page} page */
  constructor(page) {
    this._page = page;
    this._spoke = 0;
    /** @type {string[]} */
    this._unsaid = [];
    /** @type {{status: number, failed: number} | null} */
    this._before = null;
    this._live = this._met = false;
    byId("retry").addEventListener("click", () => page.retry());
    byId("losses").addEventListener("click", () => this._open());
    byId("losses-close").addEventListener("click", () => dialog().close());
  }

  /** @param {number} now by the daemon's clock */
  draw(now) {
    const { link, stale, beat } = this._page;
    const live = this._page.isLive();
    const age = this._page.age();
    byId("link").dataset.state = stale ? "stale" : live ? "live" : "connecting";
    write(byId("link-words"), live ? "live" : isNaN(age) ? "connecting" : stale ? `${roughly(age)} old` : "reconnecting");
    byId("link").title = live && beat ? `${plural(beat.records, "record")}, ${plural(beat.readers, "reader")}` : link.reason;
    document.body.classList.toggle("stale", stale);
    byId("banner").hidden = !stale && !(isNaN(age) && link.state === "waiting");
    if (!byId("banner").hidden) this._drawBanner(now, age);
    this._drawLosses();
    if (live !== this._live && this._met) this._say(live ? "Connected again." : "Connection lost, reconnecting.");
    this._live = live;
    this._met ||= live;
    this._speak();
  }

  /** @param {number} now @param {number} age */
  _drawBanner(now, age) {
    const { link } = this._page;
    const since = isNaN(age) ? "No answer from the daemon." : `No data since ${clock(this._page.heardAt(), now)} (${roughly(age)}).`;
    const wait = Math.ceil((link.retry ?? 0) - Date.now() / 1000);
    write(byId("banner-words"), `${since} ${link.state === "waiting" && wait > 0 ? `Retrying in ${wait} s` : "Connecting…"}`);
  }

  _drawLosses() {
    const words = lossWords(this._page.beat);
    byId("losses").hidden = words === "";
    byId("losses").classList.toggle("alarm", Boolean(this._page.beat?.alarm));
    write(byId("losses-words"), words);
  }

  async _open() {
    const list = byId("losses-list");
    list.replaceChildren(el("p", "dim", "Asking the daemon…"));
    dialog().showModal();
    try {
      const response = await fetch("/losses", { cache: "no-store" });
      if (!response.ok) throw new Error(`it answered ${response.status}`);
      const { bad = [], counts = {} } = await response.json();
      list.replaceChildren(...lossList(bad, counts, this._page));
    } catch (error) {
      list.replaceChildren(el("p", "", `Cannot ask the daemon for its losses: ${error instanceof Error ? error.message : error}`));
    }
  }

  /** Start, end and the first failure are said aloud; everything else would be noise. @param {Subject | null} subject */
  notice(subject) {
    if (!subject) return;
    const failed = subject.counts[FAILED], before = this._before, name = plain(subject.name);
    this._before = { status: subject.status, failed };
    if (!before) return;
    if (failed > 0 && before.failed === 0) this._say(`First failure in ${name}.`);
    if (subject.status !== before.status) this._say(`${name}: ${STATUSES[subject.status]}.`);
  }

  /** @param {string} words */
  _say(words) {
    this._unsaid = [...this._unsaid.slice(-2), words];
  }

  _speak() {
    const time = Date.now() / 1000;
    if (this._unsaid.length === 0 || time - this._spoke < VOICE_GAP) return;
    this._spoke = time;
    write(byId("voice"), this._unsaid.join(" "));
    this._unsaid = [];
  }
}

const dialog = () => /** @type {HTMLDialogElement} */ (byId("losses-dialog"));

/** @param {Beat | null} beat @returns {string} nothing, if nothing was lost */
function lossWords(beat) {
  if (!beat) return "";
  if (beat.alarm) return plain(beat.alarm);
  const words = [];
  if (beat.bad) words.push(plural(beat.bad, "bad line"));
  if (beat.unknown) words.push(`${plural(beat.unknown, "unknown record")}`);
  if (beat.dropped) words.push(`${plural(beat.dropped, "record")} dropped`);
  return words.join(" · ");
}

/** @param {Loss[]} bad @param {Record<string, unknown>} counts @param {Page} page */
function lossList(bad, counts, page) {
  const now = page.now();
  const counted = Object.entries(counts).filter(([, n]) => Number(n) > 0).map(([name, n]) =>
    el("div", "", el("dt", "", name), el("dd", "", el("b", "", number(Number(n))), ` ${MEANINGS[name] ?? ""}`)));
  const lines = bad.map(({ where = "", why = "", text = "", time }) => {
    const item = el("li", "", el("b", "", why), " ", el("span", "dim", where));
    if (time) item.append(" ", el("time", "dim", clock(time, now)));
    const sample = el("code", "", text);
    attribute(sample, "dir", "ltr");
    item.append(sample);
    return item;
  });
  return [el("dl", "facts", ...counted), ...lines.length ? [el("ul", "", ...lines)] : [el("p", "", "No examples were kept.")]];
}
