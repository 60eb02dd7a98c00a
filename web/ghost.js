// An earlier run of the same job beside this one: the picker; and under each bar how far it was after as long a time.

import { subject } from "./answer.js";
import { ask } from "./stream.js";
import { ALL, FINISHED, RUNNING } from "./store.js";
import { attribute, byId, choice, clockMinutes, el, percent, roughly, spoken, write } from "./text.js";

/**
 * @typedef {import("./main.js").Page} Page
 * @typedef {import("./row.js").Row} Row
 * @typedef {{key: string, points: [number, number][], branch?: boolean}} Part  seconds since the root began, share done
 * @typedef {{key: string, started: number, seconds: number, status: string, parts?: Part[]}} Run
 * @typedef {{fraction: number, ahead: number}} Then  how far it was, NaN if unknown; seconds, negative if behind, NaN if nobody can tell
 */

/** What the address says of the newest: a bookmark means tomorrow the run before tomorrow's. */
const LAST = "last";
/** Less than this share of a run, or these seconds, ahead or behind is no news. */
const LEVEL = 0.01, LEAST = 2;
/** Halvings of a run until a moment in it is found: to a ten-thousandth. */
const HALVINGS = 14;
const EXACT = 1e-6;
/** Of a line that the earlier run did not have. @type {Then} */
const NOTHING = { fraction: NaN, ahead: NaN };
/** Milliseconds until the daemon is asked again when it could not answer. */
const AGAIN = 5000;

export class Ghost {
  /** @param {Page} page */
  constructor(page) {
    this._page = page;
    /** The root's row. */
    this._root = ALL;
    this._of = this._loading = this._listed = "";
    /** @type {Run[]} newest first */
    this._runs = [];
    /** @type {Run | null} with its parts */
    this._run = null;
    /** @type {Map<string, Part>} by key below the root */
    this._parts = new Map();
    /** @type {(Part | null | undefined)[]} the same by row; null for a task that it did not have */
    this._partOf = [];
    /** @type {Map<number, Then>} by row, for as long as it is `_known` */
    this._thens = new Map();
    this._known = "";
    /** @type {WeakMap<Row, {bar: HTMLElement, words: HTMLElement}>} */
    this._marks = new WeakMap();
    this._bar = el("i", "then");
    byId("answer-bar").append(this._bar);
    this._choice = choice("compare with", {}, () => page.view.put({ ghost: this._select.value }));
    this._select = /** @type {HTMLSelectElement} */ (this._choice.querySelector("select"));
    this._choice.id = "beside";
    this._choice.hidden = true;
    byId("answer").append(this._choice);
  }

  /** @param {number} now */
  draw(now) {
    const { store, selected, view } = this._page, row = subject(store, selected, now)?.row ?? ALL;
    const of = row === ALL ? "" : `${store.key[row]}\n${store.values.started[row]}`;
    this._root = row;
    if (of !== this._of) this._ask(of, store.key[row]);
    const asked = view.get("ghost"), wanted = this._runs.find((run, i) => asked === String(run.started) || (!i && asked === LAST));
    const loading = wanted ? `${of}\n${wanted.started}` : "";
    if (loading !== this._loading) this._load(loading, wanted);
    this._list(now);
    document.body.classList.toggle("beside", this._run !== null);
    if (this._run) place(this._bar, this._then(row, now).fraction);
  }

  /** The one before, or none. */
  toggle() {
    if (this._runs.length) this._page.view.toggle("ghost", LAST);
  }

  /** Whether there is enough known of a run to compare with it. @param {number} started Unix seconds */
  has(started) {
    return this._runs.some((run) => run.started === started);
  }

  /** How the run as a whole compares, for the answer's line. @param {number} now @returns {string[]} */
  words(now) {
    if (!this._run) return [];
    const when = clockMinutes(this._run.started, now), then = this._then(this._root, now), pace = this._pace(then);
    return [pace ? `${pace}${then.ahead > 0 ? " of" : ""} ${when}` : isNaN(then.ahead) ? `beside ${when}` : `as far as ${when} was`];
  }

  /** Shows beside a line of the tree what there is of it. @param {Row} shown @param {number} row below 0 for a group @param {number} now */
  mark(shown, row, now) {
    if (!this._run) return;
    const mark = this._marks.get(shown) ?? this._add(shown), then = row < 0 ? NOTHING : this._then(row, now);
    place(mark.bar, then.fraction);
    write(mark.words, this._pace(then));
    attribute(mark.words, "title", isNaN(then.fraction) ? null : `After as long, the run of ${clockMinutes(this._run.started, now)} was at ${percent(then.fraction)}`);
  }

  /** @param {Row} shown */
  _add(shown) {
    const mark = { bar: el("i", "then"), words: el("span", "pace dim") }, { element } = shown.bar, both = el("div", "both");
    element.replaceWith(both);
    both.append(element, mark.bar);
    shown.quiet.after(mark.words);
    this._marks.set(shown, mark);
    return mark;
  }

  /** @param {string} of the root and its start @param {string} key */
  async _ask(of, key) {
    this._of = of;
    this._runs = [];
    this._listed = "";
    /** @type {{runs: Run[]} | null} */
    const answer = of ? await ask(`/runs/${encodeURIComponent(key)}`) : { runs: [] };
    if (of !== this._of) return;
    // A daemon that does answer has no such task: it is one of the demo.
    if (!answer && !this._page.isLive()) setTimeout(() => { if (of === this._of) this._of = ""; }, AGAIN);
    this._runs = answer?.runs ?? [];
    this._page.draw();
  }

  /** @param {string} loading which it is @param {Run | undefined} run */
  async _load(loading, run) {
    this._loading = loading;
    /** @type {{runs: Run[]} | null} */
    const answer = run ? await ask(`/runs/${encodeURIComponent(this._page.store.key[this._root])}?started=${run.started}`) : null;
    if (loading !== this._loading) return;
    this._run = answer?.runs[0] ?? null;
    this._parts = new Map(this._run?.parts?.map((part) => [part.key, part]));
    this._known = "";
    if (run && !answer) setTimeout(() => { if (loading === this._loading) this._loading = ""; }, AGAIN);
    this._page.draw();
  }

  /** @param {number} now */
  _list(now) {
    this._choice.hidden = this._runs.length === 0;
    const own = this._page.store.key[this._root], options = this._runs.map(({ key, started, seconds, status }, i) => ({
      value: i ? String(started) : LAST,
      words: [clockMinutes(started, now), spoken(seconds), status === "finished" ? "" : status, key === own ? "" : key].filter(Boolean).join(" · "),
    }));
    const listed = JSON.stringify(options);
    if (listed !== this._listed) {
      this._listed = listed;
      this._select.replaceChildren(...[{ value: "", words: "no earlier run" }, ...options].map(({ value, words }) => Object.assign(el("option", "", words), { value })));
    }
    const asked = this._page.view.get("ghost"), chosen = this._runs.length && asked === String(this._runs[0].started) ? LAST : asked;
    if (this._select !== document.activeElement || this._select.value !== chosen) this._select.value = options.some(({ value }) => value === chosen) ? chosen : "";
  }

  /** Kept for a second: bars and words do not move faster. @param {number} row @param {number} now @returns {Then} */
  _then(row, now) {
    const { store } = this._page, known = `${Math.floor(now)},${store.uprooted},${this._root}`;
    if (known !== this._known) {
      if (!this._known.endsWith(known.slice(known.indexOf(",")))) this._partOf = [];
      this._thens.clear();
      this._known = known;
    }
    let then = this._thens.get(row);
    if (!then) {
      const at = now - store.values.started[this._root];
      this._thens.set(row, then = { fraction: this._fractionAt(row, at), ahead: this._ahead(row, at) });
    }
    return then;
  }

  /**
   * How far a task was then: a branch as the mean of what is in it today, so that like is compared with like.
   * @param {number} row @param {number} at seconds since the root began @returns {number} NaN if it was not there
   */
  _fractionAt(row, at) {
    const { store } = this._page, part = this._find(row);
    if (!part) return NaN;
    let sum = 0, weights = 0;
    if (part.branch) for (let child = store.first[row]; child >= 0; child = store.next[child]) {
      const own = this._fractionAt(child, at), weight = store.values.weight[child];
      if (isNaN(own)) continue;
      sum += weight * own;
      weights += weight;
    }
    return weights ? sum / weights : along(part.points, at);
  }

  /** @param {number} row */
  _find(row) {
    if (this._partOf[row] !== undefined) return this._partOf[row];
    const { store } = this._page, key = store.key[row], root = store.key[this._root];
    const below = row === this._root ? "" : key.startsWith(`${root}.`) ? key.slice(root.length + 1) : key;
    return this._partOf[row] = store.isWithin(row, this._root) && this._parts.get(below) || null;
  }

  /** Seconds until that run was as far as the task is, or since. @param {number} row @param {number} at */
  _ahead(row, at) {
    const { store } = this._page, { fraction, stopped, started } = store.values, status = store.status[row];
    if (!this._find(row) || status > FINISHED || (status === RUNNING && isNaN(fraction[row]))) return NaN;
    const own = status === FINISHED ? 1 : fraction[row] || 0;
    const when = status === FINISHED ? stopped[row] - started[this._root] : at;
    const first = this._moment((then) => then >= own - EXACT, row), last = this._moment((then) => then > own + EXACT, row);
    return when < first ? first - when : when > last && own < 1 ? last - when : own < 1 ? 0 : first - when;
  }

  /** When something became true of how far a task was. @param {(fraction: number) => boolean} isSo @param {number} row */
  _moment(isSo, row) {
    let low = 0, high = this._run?.seconds ?? 0;
    if (isSo(this._fractionAt(row, 0))) return 0;
    for (let i = 0; i < HALVINGS; i++) {
      const middle = (low + high) / 2;
      if (isSo(this._fractionAt(row, middle))) high = middle;
      else low = middle;
    }
    return high;
  }

  /** @param {Then} then */
  _pace({ ahead }) {
    const size = Math.abs(ahead);
    return size >= LEAST && size >= LEVEL * (this._run?.seconds ?? 0) ? `${roughly(size)} ${ahead > 0 ? "ahead" : "behind"}` : "";
  }
}

/** @param {HTMLElement} bar @param {number} fraction */
function place(bar, fraction) {
  bar.hidden = isNaN(fraction);
  if (!bar.hidden) bar.style.width = `${(fraction * 100).toFixed(1)}%`;
}

/** The share done at a moment, along a course. @param {[number, number][]} points @param {number} at */
function along(points, at) {
  const next = points.findIndex(([time]) => time > at);
  if (next < 0) return 1;
  if (next === 0) return 0;
  const [[from, low], [to, high]] = [points[next - 1], points[next]];
  return low + (high - low) * (at - from) / (to - from);
}
