// A task's log: from its first line, live, virtual; search and download are the daemon's, over all of it.

import { marked, pieces, severity } from "./ansi.js";
import { Reel } from "./reel.js";
import { ALL } from "./store.js";
import { ask } from "./stream.js";
import { attribute, clock, el, number, plain, plural, write } from "./text.js";

/**
 * @typedef {import("./main.js").Page} Page
 * @typedef {import("./stream.js").Message} Message
 * @typedef {[number, string | null, string]} Line  time, stream, text
 * @typedef {{first: number, total: number, gone: number, lines: Line[], first_error: number | null}} Answer
 * @typedef {{hits: number, lines: [number, ...Line][]}} Found  each line with its number before the rest
 */

/** Lines that are asked for at a time, and how many are kept here; the daemon has the others. */
const CHUNK = 1000, KEPT = 50_000;
/** Lines away from those in sight beyond which one is let go: half of what is kept, with room until the next time. */
const REACH = KEPT / 2 - CHUNK;
const HEIGHT = 19;
const SPARE = 10;
/** Pixels from the end within which somebody is taken to look at the tail. */
const TAIL = 8;
/** Milliseconds after the last letter until the daemon is asked; and until it is asked again for what it did not give. */
const SEARCH_AFTER = 250, AGAIN = 1000;

export class Log {
  /** @param {Page} page @param {HTMLElement} box */
  constructor(page, box) {
    this._page = page;
    this._task = "";
    /** Of the daemon that numbered these lines. */
    this._epoch = page.beat?.epoch;
    /** Lines by their numbers. @type {Map<number, Line>} */
    this._lines = new Map();
    this._next = 0;
    this._gone = 0;
    this._tail = true;
    /** Pixels, where it was scrolled to last. */
    this._top = this._missed = 0;
    /** @type {number[]} numbers of lines that match */
    this._found = [];
    /** How many do, also beyond those that the daemon numbers. */
    this._matches = 0;
    this._hit = -1;
    this._shown = "";
    /** Whether lines were asked for that are not there yet. */
    this._asking = false;
    this._search = Object.assign(el("input"), { type: "search", placeholder: "Search the whole log", autocomplete: "off", spellcheck: false });
    attribute(this._search, "aria-label", "Search the whole log");
    this._hits = el("span", "dim");
    attribute(this._hits, "role", "status");
    this._error = button("First error", () => this._goTo(this._firstError));
    /** @type {number | null} */
    this._firstError = null;
    this._pause = button("Pause", () => this._follow(!this._tail));
    this._download = el("a", "button", "Download");
    this._download.setAttribute("download", "");
    this._first = button("⤒", () => this._goTo(this._gone));
    this._first.title = "The first line";
    this._body = el("div", "log-lines");
    this._size = el("div", "", this._body);
    this._scroll = el("div", "scroll log-scroll", this._size);
    this._scroll.tabIndex = 0;
    attribute(this._scroll, "role", "log");
    attribute(this._scroll, "aria-live", "off");
    attribute(this._scroll, "aria-label", "Log");
    this._reel = new Reel(this._scroll, this._size);
    this._note = el("p", "dim none");
    box.append(el("div", "tools", this._search, this._hits, el("span", "gap"), this._error, this._first, this._pause, this._download), this._note, this._scroll);
    this._scroll.addEventListener("scroll", () => this._scrolled(), { passive: true });
    this._search.addEventListener("input", () => this._searchSoon());
    this._search.addEventListener("keydown", (event) => { if (event.key === "Enter") this._step(event.shiftKey ? -1 : 1); });
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this._timer = undefined;
    addEventListener("hashchange", () => page.draw());
    new ResizeObserver(() => page.draw()).observe(this._scroll);
  }

  /** @param {number} now */
  draw(now) {
    const task = this._page.selected ?? "";
    const epoch = this._page.beat?.epoch;
    const resumes = this._page.attend("log", task || null, (message) => this._hear(message));
    if (task !== this._task) this._open(task);
    else if (this._epoch && epoch !== this._epoch) this._again();
    else if (resumes) this._catchUp();
    this._epoch = epoch;
    const total = this._next - this._gone;
    this._reel.resize(total * HEIGHT);
    this._note.hidden = total > 0 && this._gone === 0;
    const written = this._page.store.values.lines[this._page.store.find(task) ?? ALL] > 0;
    write(this._note, total === 0 && written ? "Fetching the log…" : total === 0 ? "No output yet. A line is a record: {\"type\":\"log\",\"task\":\"…\",\"text\":\"…\"}; `progressd run -- COMMAND` sends all of a command's."
      : `The first ${plural(this._gone, "line")} are not kept any more.`);
    write(this._pause, this._tail ? "Pause" : this._missed ? `${number(this._missed)} new lines ↧` : "Follow");
    this._error.hidden = this._firstError === null;
    if (this._tail) this._reel.goTo(this._reel.end);
    else this._reel.settle();
    this._top = this._reel.top;
    this._drawLines(now);
  }

  /** Begins with the end of the log, or the line that the address names. @param {string} task */
  async _open(task) {
    this._task = task;
    this._lines.clear();
    this._next = this._gone = this._missed = 0;
    this._firstError = null;
    this._found = [];
    this._tail = true;
    this._search.value = "";
    write(this._hits, "");
    this._download.href = `/logs/${encodeURIComponent(task)}?format=text`;
    if (task) await this._fetch(`from=-${CHUNK}`);
    const wanted = /^#L(\d+)$/u.exec(location.hash);
    if (wanted && task === this._task) this._goTo(Number(wanted[1]) - 1);
  }

  /** A new daemon's log may be another of the same name: of what is kept here, only the place stays. */
  async _again() {
    if (!this._task) return;
    /** @type {Answer | null} */
    const answer = await this._query(`from=-${CHUNK}`);
    if (!answer) return;
    this._lines.clear();
    this._next = 0;
    this._shown = "";
    this._found = [];
    write(this._hits, "");
    this._take(answer);
  }

  /** What came while nobody looked; unless the log was forgotten and began anew, so that its lines are others. */
  async _catchUp() {
    const last = this._next - 1, known = this._lines.get(last);
    /** @type {Answer | null} */
    const answer = known ? await this._query(`from=${last}&to=${last + CHUNK}`) : null;
    if (known && !answer) return;
    if (answer && String(answer.lines[0]) === String(known)) this._take(answer);
    else this._again();
  }

  /** @param {string} query */
  async _fetch(query) {
    /** @type {Answer | null} */
    const answer = await this._query(query);
    if (answer) this._take(answer);
  }

  /** @param {Answer} answer */
  _take(answer) {
    this._gone = answer.gone;
    this._reach(answer.total);
    this._firstError = answer.first_error;
    this._keep(answer.first, answer.lines);
  }

  /** What the daemon answers; null if it cannot, or if another task is looked at by then. @param {string} query */
  async _query(query) {
    const task = this._task;
    const answer = await ask(`/logs/${encodeURIComponent(task)}?${query}`);
    return task === this._task ? answer : null;
  }

  /** @param {Message} message */
  _hear(message) {
    if (message.type !== "lines" || message.lines.task !== this._task) return;
    const { first, lines } = message.lines;
    const next = first + lines.length;
    if (first === 0 && next < this._next) {
      // Another daemon, or another task of the same key: its lines are numbered from 0 again.
      this._lines.clear();
      this._next = this._gone = 0;
    }
    this._reach(next);
    this._keep(first, lines);
  }

  /** @param {number} next as many lines as there are by now */
  _reach(next) {
    if (!this._tail && this._next) this._missed += Math.max(0, next - this._next);
    this._next = Math.max(this._next, next);
  }

  /** What is far from sight is let go: it can be asked for again. @param {number} first @param {Line[]} lines */
  _keep(first, lines) {
    lines.forEach((line, i) => this._lines.set(first + i, line));
    if (this._lines.size > KEPT) {
      const seen = this._tail ? this._next : this._gone + this._reel.top / HEIGHT;
      for (const number of this._lines.keys()) if (Math.abs(number - seen) > REACH) this._lines.delete(number);
    }
    this._page.draw();
  }

  /** @param {number} now */
  _drawLines(now) {
    const top = Math.max(0, Math.floor(this._reel.top / HEIGHT) - SPARE);
    const count = Math.ceil(this._scroll.clientHeight / HEIGHT) + 2 * SPARE;
    const from = this._gone + top, to = Math.min(this._next, from + count);
    this._body.style.transform = `translateY(${top * HEIGHT - this._reel.shift}px)`;
    const shown = `${this._task},${from},${to},${this._lines.size},${this._asking},${this._hit},${this._search.value},${location.hash}`;
    if (shown === this._shown) return;
    this._shown = shown;
    const rows = [];
    for (let n = from; n < to; n++) {
      const line = this._lines.get(n);
      if (!line) this._ask(n);
      rows.push(this._row(n, line, now));
    }
    this._body.replaceChildren(...rows);
  }

  /** One question at a time: what its answer has no room for is asked for next. @param {number} n */
  async _ask(n) {
    if (this._asking) return;
    this._asking = true;
    const start = n - n % CHUNK;
    await this._fetch(`from=${this._lines.has(start) ? n : start}&to=${start + CHUNK}`);
    setTimeout(() => {
      this._asking = false;
      this._page.draw();
    }, this._lines.has(n) ? 0 : AGAIN);
  }

  /** @param {number} n @param {Line | undefined} line @param {number} now */
  _row(n, line, now) {
    const link = el("a", "n", number(n + 1));
    link.href = `#L${n + 1}`;
    if (!line) return el("div", "log-line", link, el("span", "dim", " …"));
    const [time, stream, text] = line;
    const row = el("div", `log-line ${stream === "stderr" ? "stderr" : ""} ${severity(text)}`, link);
    link.title = `${clock(time, now)}${stream ? `, ${plain(stream)}` : ""}`;
    const word = this._search.value.trim();
    for (const piece of pieces(text)) row.append(...marked(piece.text, word, piece.classes));
    if (this._found[this._hit] === n || location.hash === link.hash) row.classList.add("current");
    return row;
  }

  _scrolled() {
    const { top, end } = this._reel, atEnd = end - top <= TAIL, moved = top !== this._top;
    if (!atEnd && this._tail) this._follow(false);
    // That it went to the end by itself is heard of later, when somebody may have paused it.
    else if (atEnd && !this._tail && moved) this._follow(true);
    this._page.draw();
  }

  /** @param {boolean} follow */
  _follow(follow) {
    this._tail = follow;
    this._missed = 0;
    this._page.draw();
  }

  /** @param {number | null} n */
  _goTo(n) {
    if (n === null) return;
    this._tail = false;
    this._reel.resize((this._next - this._gone) * HEIGHT);
    this._reel.goTo((n - this._gone) * HEIGHT - this._scroll.clientHeight / 2);
    this._page.draw();
  }

  _searchSoon() {
    clearTimeout(this._timer);
    this._timer = setTimeout(() => this._searchNow(), SEARCH_AFTER);
  }

  async _searchNow() {
    const word = this._search.value.trim();
    this._found = [];
    this._hit = -1;
    write(this._hits, word ? "searching…" : "");
    if (!word) return this._page.draw();
    /** @type {Found | null} */
    const answer = await this._query(`search=${encodeURIComponent(word)}`);
    if (word !== this._search.value.trim()) return;
    if (!answer) return write(this._hits, "the daemon did not answer");
    this._found = answer.lines.map(([n]) => n);
    this._matches = answer.hits;
    write(this._hits, "not found");
    this._step(1);
  }

  /** @param {number} by */
  _step(by) {
    if (this._found.length === 0) return;
    this._hit = (this._hit + by + this._found.length) % this._found.length;
    const more = this._matches > this._found.length ? `, here the first ${number(this._found.length)}` : "";
    write(this._hits, `${number(this._hit + 1)} of ${number(this._matches)}${more}`);
    this._goTo(this._found[this._hit]);
  }
}

/** @param {string} words @param {() => void} act */
function button(words, act) {
  const element = el("button", "", words);
  element.addEventListener("click", act);
  return element;
}
