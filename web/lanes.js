// Which span stands where: a lane for each host, process and thread, in it tracks that hold what does not overlap.
//
// A span stands below its parent's, in the first track that is free when it starts. Spans are placed in the order of
// their starts, each once; so what runs is placed when it begins, and nothing jumps when it ends.

import { ALL } from "./store.js";

/**
 * @typedef {import("./store.js").Store} Store
 * @typedef {"thread" | "process" | "host" | "root"} By
 * @typedef {{lane: Lane, rows: number[]}} Track  rows of the store by start; none overlaps the next
 * @typedef {{label: string, tracks: Track[], open: number}} Lane  open: so many tracks from the top are taken for good
 * @typedef {{lane?: Lane, below: Map<number | string, Place>}} Place
 */

/** Tracks in a lane. What finds all of them taken shares the last one: nobody reads more. */
const DEEPEST = 200;
/** Clocks of one machine tick this far apart, in seconds: a child may seem to start before its parent. */
const SKEW = 1e-3;
const NONE = -1;
/** Markers of a track that are drawn: more are no points any more. */
const MARKS = 500;
/** How many words beside the root tell one lane from the next. */
const WORDS = { root: 0, host: 1, process: 2, thread: 3 };

export class Lanes {
  /** @param {Store} store */
  constructor(store) {
    this._store = store;
    /** @type {Lane[]} */
    this.lanes = [];
    /** All tracks, top to bottom. @type {Track[]} */
    this.tracks = [];
    /** When the first of them began. */
    this.from = Infinity;
    this._made = "";
    this._seen = "";
    /** @type {Place} lanes by their root, host, process and thread */
    this._places = { below: new Map() };
    /** @type {(Track | undefined)[]} by row */
    this._track = [];
    /** When what is placed begins, by row: a lock when it is waited for. */
    this.starts = new Float64Array(0);
  }

  /** Brings the layout up to date; true if it was made anew. @param {number} root row, or ALL @param {By} by */
  update(root, by) {
    const { uprooted, starts } = this._store;
    const made = `${uprooted},${root},${by}`, seen = `${made},${starts}`;
    if (seen === this._seen) return false;
    this._seen = seen;
    const anew = made !== this._made || !this._add(root, by);
    if (anew) {
      this._clear();
      this._add(root, by);
      this._made = made;
    }
    return anew;
  }

  /** @param {number} row @returns {Track | undefined} */
  trackOf(row) {
    return this._track[row];
  }

  /** How far down a track begins. @param {Track | undefined} wanted @param {number} head @param {number} height pixels of a lane's name, and of a track */
  topOf(wanted, head, height) {
    let top = 0;
    for (const lane of this.lanes) {
      top += head;
      if (lane === wanted?.lane) return top + lane.tracks.indexOf(wanted) * height;
      top += lane.tracks.length * height;
    }
    return 0;
  }

  /** When a span ends, or seems to as long as it runs. @param {number} row @param {number} now */
  end(row, now) {
    const { stopped, paused_at } = this._store.values;
    return isNaN(stopped[row]) ? Math.max(isNaN(paused_at[row]) ? now : paused_at[row], this.starts[row]) : stopped[row];
  }

  /** When markers were set within a stretch of time, by track. @param {import("./range.js").Span} span */
  marks({ from, to }) {
    const found = /** @type {Map<Track, number[]>} */ (new Map());
    for (const { task, time } of this._store.markers) {
      const track = time < from || time > to ? undefined : this.trackOf(this._store.find(task) ?? -1);
      if (track) found.set(track, [...found.get(track)?.slice(-MARKS) ?? [], time]);
    }
    return found;
  }

  _clear() {
    this.lanes = [];
    this.tracks = [];
    this._places.below.clear();
    this._track = [];
    this.starts = new Float64Array(this._store.parent.length);
    this.from = Infinity;
  }

  /** Places what has begun since; false if something that was placed began anew. @param {number} root @param {By} by */
  _add(root, by) {
    const store = this._store, { started, asked } = store.values;
    const start = (/** @type {number} */ row) => asked[row] <= started[row] || isNaN(started[row]) ? asked[row] : started[row];
    if (this.starts.length < store.parent.length) {
      const grown = new Float64Array(store.parent.length);
      grown.set(this.starts);
      this.starts = grown;
    }
    const fresh = [], last = root === ALL ? NONE : store.after(root, false);
    for (let row = root === ALL ? store.first[ALL] : root; row !== last; row = store.after(row, true)) {
      const track = this._track[row];
      if (track && this.starts[row] !== start(row)) return false;
      if (!track && start(row) > 0) fresh.push(row);
    }
    fresh.sort((a, b) => start(a) - start(b) || store.depth[a] - store.depth[b]);
    // What has no end yet gets none while these are placed.
    for (const lane of this.lanes) lane.open = 0;
    for (const row of fresh) if (!this._place(row, start(row), by)) return false;
    if (fresh.length) this.tracks = this.lanes.flatMap((lane) => lane.tracks);
    return true;
  }

  /** @param {number} row @param {number} start @param {By} by */
  _place(row, start, by) {
    const store = this._store;
    const lane = this._lane(row, by);
    const above = this._track[store.parent[row]];
    while (lane.open < lane.tracks.length && lane.open < DEEPEST && this._isOpen(lane.tracks[lane.open])) lane.open++;
    let at = Math.max(lane.open, above?.lane === lane ? lane.tracks.indexOf(above) + 1 : 0);
    while (at < lane.tracks.length && at < DEEPEST && this._isTaken(lane.tracks[at], start)) at++;
    if (at === lane.tracks.length) lane.tracks.push({ lane, rows: [] });
    const track = lane.tracks[at], last = track.rows.at(-1);
    if (last !== undefined && this.starts[last] > start) return false;
    track.rows.push(row);
    this._track[row] = track;
    this.starts[row] = start;
    this.from = Math.min(this.from, start);
    return true;
  }

  /** @param {Track} track @param {number} start */
  _isTaken(track, start) {
    return !(this._store.values.stopped[track.rows[track.rows.length - 1]] <= start + SKEW);
  }

  /** @param {Track} track */
  _isOpen(track) {
    return isNaN(this._store.values.stopped[track.rows[track.rows.length - 1]]);
  }

  /** @param {number} row @param {By} by @returns {Lane} */
  _lane(row, by) {
    const store = this._store;
    const words = place(store, row);
    let found = this._places;
    for (let n = 0; n <= WORDS[by]; n++) {
      let next = found.below.get(words[n]);
      if (!next) found.below.set(words[n], next = { below: new Map() });
      found = next;
    }
    if (!found.lane) this.lanes.push(found.lane = { label: this._label(words[0], words.slice(1, WORDS[by] + 1).filter(Boolean)), tracks: [], open: 0 });
    return found.lane;
  }

  /** @param {number} top @param {(number | string)[]} words */
  _label(top, words) {
    const store = this._store, alone = words.length && store.next[store.first[ALL]] < 0;
    return [...alone ? [] : [store.name[top]], ...words].join(" · ");
  }
}

/**
 * The root that it is in, its host, process and thread: its own words, or those of the nearest task above it that says.
 * @param {Store} store @param {number} row @returns {[number, string, string, string]}
 */
function place(store, row) {
  const { texts, values } = store;
  let host = "", pid = "", thread = "", top = row;
  for (let at = row; at !== ALL; at = store.parent[at]) {
    top = at;
    // A thread is one of its own process: another's above says nothing.
    if (!thread && !pid) thread = texts.thread[at];
    if (!pid && !host && !isNaN(values.pid[at])) pid = String(values.pid[at]);
    host ||= texts.host[at];
  }
  return [top, host, pid, thread];
}
