// The answer line: how far along is it, and when will it be done? Also decides what "it" is.

import { elapsed, quietFor, secondsBetween, secondsLeft, unusual } from "./columns.js";
import { ALL, CANCELED, FAILED, FINISHED, PAUSED, RUNNING, WAITING } from "./store.js";
import { Bar, layers, legend, OVERDUE, progressWords } from "./row.js";
import { between, byId, clock, clockMinutes, duration, el, icon, label, LONGEST, number, pace, percent, plain, plural, roughly, spoken, STATUSES, write } from "./text.js";

/**
 * @typedef {import("./store.js").Store} Store
 * @typedef {import("./main.js").Page} Page
 * @typedef {{row: number | null, name: string, others: number, status: number, fraction: number, progress: string,
 *   ends: {finished: number, running: number, failed: number}, left: number, range: {low: number, high: number} | null, atLeast: boolean, basis: string, quiet: number, unusual: string,
 *   elapsed: number, since: number, counts: number[], completed: number, message: string}} Subject
 */

/** Seconds in which what a run tells of itself means nothing yet. */
const EARLY = 10;
/** Shorter than this, a time of day by the minute says nothing. */
const CLOCK_WORTH = 45;

/**
 * What the answer line talks about: the root above the selected task; else the only root; else all roots together.
 * @param {Store} store @param {string | null} selected @param {number} now @returns {Subject | null}
 */
export function subject(store, selected, now) {
  const roots = rootsOf(store);
  if (roots.length === 0) return null;
  let row = store.find(selected) ?? ALL;
  while (row !== ALL && !roots.includes(row) && store.parent[row] !== ALL) row = store.parent[row];
  if (row === ALL && roots.length === 1) row = roots[0];
  return row === ALL ? together(store, roots, now) : single(store, row, roots.length - 1, now);
}

/** A key that begins with "_" is a namespace, not work: what stands in it are roots of their own. @param {Store} store */
export function rootsOf(store) {
  const roots = [];
  for (let row = store.first[ALL]; row >= 0; row = store.next[row]) {
    if (!store.key[row].startsWith("_") || !store.hasChildren(row)) roots.push(row);
    else for (let child = store.first[row]; child >= 0; child = store.next[child]) roots.push(child);
  }
  return roots;
}

/** @param {Store} store @param {number} row @param {number} others @param {number} now @returns {Subject} */
function single(store, row, others, now) {
  const { stopped, paused_at } = store.values;
  const fraction = store.values.fraction[row];
  return {
    row, others, fraction, name: store.name[row], status: store.status[row],
    progress: progressWords(store, row, fraction), ends: layers(store, row, fraction),
    left: secondsLeft(store, row, now), range: secondsBetween(store, row, now), atLeast: false,
    basis: store.texts.basis[row], quiet: quietFor(store, row, now),
    unusual: plain(unusual(store, row)?.text ?? ""), elapsed: elapsed(store, row, now),
    since: isNaN(stopped[row]) ? paused_at[row] : stopped[row],
    counts: [...store.counts.subarray(row * 6, row * 6 + 6)], completed: store.counts[row * 6 + FINISHED],
    message: store.texts.message[row],
  };
}

/**
 * Several roots: the weighted mean over those that are not done yet (over all, once none is left), so that
 * yesterday's finished job does not make today's look half done; and over those with a weight, if any has one (else
 * all count alike). They go on side by side: the longest decides.
 * @param {Store} store @param {number[]} roots @param {number} now @returns {Subject}
 */
function together(store, roots, now) {
  const undone = roots.filter((row) => !store.isDone(row));
  const heavy = undone.filter((row) => store.values.weight[row] > 0);
  const asked = heavy.length ? heavy : undone.length ? undone : roots;
  const even = !asked.some((row) => store.values.weight[row] > 0);
  const ends = { finished: 0, running: 0, failed: 0 };
  /** @type {{low: number, high: number} | null} */
  let range = null;
  let weights = 0, fraction = 0, left = NaN, atLeast = false, quiet = Infinity;
  for (const row of asked) {
    const weight = even ? 1 : store.values.weight[row], own = store.values.fraction[row], parts = layers(store, row, own);
    weights += weight;
    fraction += weight * (own || 0);
    ends.finished += weight * parts.finished;
    ends.running += weight * parts.running;
    ends.failed += weight * parts.failed;
    const rowQuiet = quietFor(store, row, now), rowLeft = rowQuiet ? NaN : secondsLeft(store, row, now);
    if (store.status[row] === RUNNING) quiet = Math.min(quiet, rowQuiet);
    if (isNaN(rowLeft)) atLeast ||= store.status[row] !== WAITING;
    else if (!(rowLeft <= left)) [left, range] = [rowLeft, secondsBetween(store, row, now)];
  }
  for (const part of /** @type {const} */ (["finished", "running", "failed"])) ends[part] /= weights || 1;
  const started = least(asked.map((row) => store.values.started[row]));
  const since = -least(asked.map((row) => -store.values.stopped[row]));
  fraction /= weights || 1;
  return {
    row: null, name: nameOf(undone.length, roots.length),
    others: roots.length - asked.length, status: commonStatus(store, asked), fraction,
    progress: progressWords(store, ALL, fraction), ends, left, range, atLeast, basis: "", quiet: isFinite(quiet) ? quiet : 0, unusual: "",
    elapsed: (undone.length ? now : since) - started, since, counts: countsOf(store, roots),
    completed: countsOf(store, asked)[FINISHED], message: "",
  };
}

/** @param {number} undone @param {number} all */
function nameOf(undone, all) {
  if (undone === 0) return `all ${plural(all, "task")}`;
  return undone === all ? `${plural(all, "task")} under way` : `${number(undone)} of ${plural(all, "task")} under way`;
}

/** @param {number[]} values some of them NaN */
function least(values) {
  return values.reduce((a, b) => isNaN(a) || b < a ? b : a, NaN);
}

/**
 * The liveliest status of all; once none is left, finished, unless none was. The counts tell of the others.
 * @param {Store} store @param {number[]} rows
 */
function commonStatus(store, rows) {
  const found = new Set(rows.map((row) => store.status[row]));
  return [RUNNING, PAUSED, WAITING, FINISHED, FAILED, CANCELED].find((status) => found.has(status)) ?? FINISHED;
}

/** The roots themselves count too: next to each other, they are what there is to do. @param {Store} store @param {number[]} roots */
function countsOf(store, roots) {
  const counts = [0, 0, 0, 0, 0, 0];
  for (const row of roots) {
    counts[store.status[row]]++;
    for (let i = 0; i < 6; i++) counts[i] += store.counts[row * 6 + i];
  }
  return counts;
}

export class Answer {
  /** @param {Page} page @param {() => void} nextFailure */
  constructor(page, nextFailure) {
    this._page = page;
    this._bar = new Bar();
    byId("answer-bar").append(this._bar.element);
    this._counts = STATUSES.map((word, status) => this._count(word, status, nextFailure));
    this._rate = byId("counts").appendChild(el("span", "dim"));
    byId("all").addEventListener("click", () => {
      page.select(null);
      byId("tree").focus();
    });
  }

  /** @param {string} word @param {number} status @param {() => void} nextFailure */
  _count(word, status, nextFailure) {
    const value = el("b");
    const element = el(status === FAILED ? "button" : "span", `count ${word}`, icon(word), value, ` ${word}`);
    if (status === FAILED) {
      element.title = "Go to the next failed task";
      element.addEventListener("click", nextFailure);
    }
    byId("counts").append(element);
    return { element, value };
  }

  /** @param {Subject} subject @param {number} now */
  draw(subject, now) {
    const { stale } = this._page;
    write(byId("subject"), label(subject.name));
    write(byId("subject-message"), label(subject.message));
    byId("all").hidden = subject.row === null || subject.others === 0;
    this._drawPercent(subject);
    this._bar.show(subject.ends, subject.fraction, subject.status, subject.status === RUNNING && !stale);
    const words = stale ? [`last known at ${clock(this._page.heardAt(), now)}`] : [...this._words(subject, now), ...this._page.ghost?.words(now) ?? []];
    const tip = legend(subject.ends, subject.fraction, subject.status);
    this._bar.describe(plain(subject.name), [subject.progress || "unknown progress", ...words, tip].join(", "), tip);
    write(byId("headline"), words[0]);
    this._drawMore(words.slice(1));
    byId("answer").dataset.status = STATUSES[subject.status];
    write(this._rate, stale ? "" : this._rateWords(subject));
    byId("counts").hidden = !this._rate.textContent && subject.counts.every((count) => count === 0);
    this._counts.forEach(({ element, value }, status) => {
      element.hidden = !subject.counts[status];
      write(value, number(subject.counts[status]));
    });
  }

  /** Its own, or how many of its tasks have come to their end. @param {Subject} subject */
  _rateWords({ row, status, completed, elapsed }) {
    if (status !== RUNNING) return "";
    const { values, texts } = this._page.store, own = row === null ? NaN : values.rate[row];
    if (own > 0) return pace(own, texts.unit[row ?? ALL]);
    return completed && elapsed > 0 ? pace(completed / elapsed, "tasks") : "";
  }

  /** @param {string[]} words */
  _drawMore(words) {
    const more = byId("headline-more");
    while (more.children.length > words.length) more.lastElementChild?.remove();
    while (more.children.length < words.length) more.append(el("span", "", el("i", "", " · "), el("span")));
    words.forEach((word, i) => write(more.children[i].lastElementChild ?? more, word));
  }

  /** The tenth is set smaller: it shows that a long job moves, and is not the message. @param {Subject} subject */
  _drawPercent({ fraction, progress }) {
    const tenths = Math.floor(Math.min(1, Math.max(0, fraction)) * 1000 + 1e-8);
    const known = !isNaN(fraction);
    write(byId("percent"), known ? percent(fraction).slice(0, -1) : progress || "–");
    write(byId("percent-tenth"), known && tenths < 1000 ? `.${tenths % 10}` : "");
    write(byId("percent-sign"), known ? "%" : "");
    byId("percent").classList.toggle("long", !known && progress.length > 4);
  }

  /** @param {Subject} subject @param {number} now @returns {string[]} first the headline */
  _words(subject, now) {
    const sane = subject.elapsed <= LONGEST;
    const elapsed = sane ? [`${duration(subject.elapsed)} elapsed`] : [];
    const took = sane ? spoken(subject.elapsed) : "";
    const when = isNaN(subject.since) ? [] : [`at ${clock(subject.since, now)}`];
    const failed = subject.counts[FAILED] ? [`${number(subject.counts[FAILED])} failed`] : [];
    const odd = subject.unusual ? [subject.unusual] : [];
    switch (subject.status) {
      case WAITING: return ["waiting to start"];
      case PAUSED: return [isNaN(subject.since) ? "paused" : `paused since ${clock(subject.since, now)}`, ...elapsed];
      case FINISHED: return [took ? `finished in ${took}` : "finished", ...odd, ...failed, ...when];
      case FAILED: return [took ? `failed after ${took}` : "failed", ...failed, ...when];
      case CANCELED: return [took ? `canceled after ${took}` : "canceled", ...when];
      default: return [...this._leftWords(subject, now), ...odd, ...elapsed];
    }
  }

  /** As the task's own line says it, in more words. @param {Subject} subject @param {number} now */
  _leftWords({ left, range, atLeast, basis, quiet, elapsed }, now) {
    const silence = quiet ? [`nothing heard for ${roughly(quiet)}`] : [];
    if (left < -OVERDUE) return ["taking longer than it looked", ...silence];
    const isEarly = elapsed < EARLY && basis.startsWith("from this run");
    if (isNaN(left) || isEarly || (quiet && !range)) return quiet ? silence : ["estimating…"];
    if (left < 1) return quiet ? silence : ["done any moment now"];
    const words = [`${atLeast ? "at least" : "about"} ${roughly(left)} left`, ...silence];
    if (atLeast) return words;
    if (range) words.push(`${between(range.low, range.high)} (80%)`);
    if (left >= CLOCK_WORTH) words.push(range ? clockRange(now, left, range) : `likely done ${clockMinutes(now + left, now)}`);
    if (basis) words.push(basis);
    return words;
  }
}

/** @param {number} now @param {number} left @param {{low: number, high: number}} range */
function clockRange(now, left, { low, high }) {
  const [from, likely, to] = [low, left, high].map((seconds) => clockMinutes(now + seconds, now));
  return from === to ? `done ${likely}` : `done ${from}–${to}, likely ${likely}`;
}
