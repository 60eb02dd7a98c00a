// The one connection to the daemon: fetches the tree, follows its changes, and always comes back.

import { pack } from "./columns.js";

/**
 * A task as the daemon shows it. What is left out is unknown.
 * @typedef {{
 *   key: string, parent?: string | null, name?: string, status?: string, fraction?: number | null,
 *   done?: number | null, total?: number | null, unit?: string | null, weight?: number, parallel?: boolean,
 *   started?: number | null, asked?: number | null, stopped?: number | null, paused?: number, paused_at?: number | null, lost?: number | null,
 *   rate?: number | null, seconds_left?: number | null, low?: number | null, high?: number | null, basis?: string | null, estimate?: number | null,
 *   message?: string | null, host?: string | null, pid?: number | null, thread?: string | number | null,
 *   cpu?: number | null, counts?: number[] | null, shares?: number[] | null, heard?: number | null,
 *   markers?: number, lines?: number, last_line?: string | null, metrics?: Metrics | null,
 *   at?: number,
 * }} View
 * @typedef {Record<string, {value: number, unit?: string | null}>} Metrics
 * @typedef {{task: string, time: number, text: string, kind?: string}} Marker
 * @typedef {{id: string, epoch: string, revision: number, now: number, version?: string,
 *   columns: import("./columns.js").Packed, markers?: Marker[]}} Snapshot
 * @typedef {{revision: number, now: number, tasks?: View[], markers?: Marker[], removed?: string[]}} Change
 * @typedef {{now: number, epoch: string, revision: number, records: number, bad: number, unknown: number,
 *   dropped: number, readers: number, series?: number, alarm: string | null}} Beat
 * @typedef {{start: number, count: number, open: number, low: number, high: number, close: number, mean: number,
 *   variance: number}} Point  what was measured in a step; an event's is a second, and takes an earlier one's place
 * @typedef {{station: string, name: string, dimensions: Record<string, string>, unit?: string | null}} SeriesName
 * @typedef {{now: number, series: (SeriesName & {points: Point[]})[], statuses: Record<string, any>, left_out: number}} Samples
 * @typedef {{task: string, first: number, lines: [number, string | null, string][]}} Lines  time, stream, text
 * @typedef {{state: "connecting" | "live" | "waiting" | "off", retry: number | null, reason: string}} Link  retry is
 *   an instant by the browser's clock
 * @typedef {{type: "snapshot", snapshot: Snapshot, received: number}
 *   | {type: "change", change: Change, received: number}
 *   | {type: "beat", beat: Beat, received: number}
 *   | {type: "samples", samples: Samples}
 *   | {type: "lines", lines: Lines}
 *   | {type: "link", link: Link}
 *   | {type: "login"}} Message
 */

/** Seconds without any event after which the link is taken for dead: the daemon beats every 5 s. */
const SILENCE = 12;
/** Silence in which somebody who comes back to the tab should not have to wait for the watchdog. */
const DOUBTFUL = 6;
/** A stream that lived this long was a good one, so the next failure starts again with a short wait. */
const PROVEN = 5;
const FIRST_DELAY = 0.5;
const LONGEST_DELAY = 10;
/** A tree of 100,000 tasks over a bad phone line takes a while; a hung proxy takes for ever. */
const FETCH_LIMIT = 60;

const clock = () => Date.now() / 1000;

/**
 * What the daemon answers beside the stream; null if it cannot now: the stream's link tells of that.
 * @param {string} path @returns {Promise<any>}
 */
export async function ask(path) {
  try {
    const response = await fetch(path, { cache: "no-store" });
    return response.ok ? await response.json() : null;
  } catch {
    return null;
  }
}

/** @param {number} failures so far @returns {number} seconds; jittered, so that many tabs do not return as one */
function backoff(failures) {
  return Math.min(LONGEST_DELAY, FIRST_DELAY * 2 ** Math.min(failures, 10)) * (0.5 + Math.random() / 2);
}

export class Stream {
  /** @param {(message: Message) => void} emit */
  constructor(emit) {
    this._emit = emit;
    /** @type {string | null} where to go on from; null asks for the whole tree */
    this._id = null;
    this._epoch = "";
    /** What is asked for beside the tree, as a query. */
    this._topics = "";
    this._failures = 0;
    this._opened = 0;
    /** @type {number | null} */
    this._heard = null;
    /** @type {EventSource | null} */
    this._source = null;
    this._attempt = new AbortController();
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this._timer = undefined;
    /** @type {ReturnType<typeof setInterval> | undefined} */
    this._watch = undefined;
    /** @type {Link} */
    this.link = { state: "off", retry: null, reason: "" };
  }

  start() {
    if (this._watch === undefined) this._watch = setInterval(() => this._check(), 1000);
    if (this.link.state === "off") this._connect();
  }

  stop() {
    clearInterval(this._watch);
    this._watch = undefined;
    this._end();
    this._say("off");
  }

  /** Somebody looks at the page, or the network is back: do not let them wait. */
  poke() {
    if (this.link.state === "waiting" || this.link.state === "off") this._connect();
    else this._check(DOUBTFUL);
  }

  /** What is asked for stands in the stream's address, so the stream goes on under another. @param {string} topics as a query */
  attend(topics) {
    if (topics === this._topics) return;
    this._topics = topics;
    if (this._source) this._connect(this.link.state);
  }

  /** @param {Link["state"]} state what is said meanwhile: who only asks for something else has lost nothing */
  async _connect(state = "connecting") {
    this._end();
    const attempt = this._attempt = new AbortController();
    this._opened = clock();
    this._say(state);
    try {
      if (this._id === null && !await this._fetchTree(attempt.signal)) return;
      if (!attempt.signal.aborted) this._follow();
    } catch (error) {
      if (!attempt.signal.aborted) this._retry(String(error));
    }
  }

  /** @param {AbortSignal} signal @returns {Promise<boolean>} whether there is something to follow */
  async _fetchTree(signal) {
    const limit = AbortSignal.timeout(FETCH_LIMIT * 1000);
    const response = await fetch("/tasks", { signal: AbortSignal.any([signal, limit]), cache: "no-store" });
    if (response.status === 401) {
      this._say("off", "not signed in");
      this._emit({ type: "login" });
      return false;
    }
    if (!response.ok) throw new Error(`/tasks answered ${response.status}`);
    const fetched = await response.json();
    if (signal.aborted) return false;
    /** @type {Snapshot} */
    const snapshot = { ...fetched, columns: pack(fetched.columns) };
    this._id = snapshot.id;
    this._epoch = snapshot.epoch;
    this._heard = clock();
    this._emit({ type: "snapshot", snapshot, received: clock() });
    return true;
  }

  _follow() {
    const source = this._source = new EventSource(`/events?since=${encodeURIComponent(this._id ?? "")}${this._topics && "&"}${this._topics}`);
    let opened = false;
    this._opened = clock();
    /** @param {string} name @param {(event: MessageEvent<string>) => void} react */
    const on = (name, react) => source.addEventListener(name, (event) => {
      if (source !== this._source) return;
      opened = true;
      this._hear();
      react(/** @type {MessageEvent<string>} */ (event));
    });
    on("change", (event) => this._change(event));
    on("beat", (event) => this._beat(JSON.parse(event.data)));
    on("samples", (event) => this._emit({ type: "samples", samples: JSON.parse(event.data) }));
    on("lines", (event) => this._emit({ type: "lines", lines: JSON.parse(event.data) }));
    on("reset", () => this._startOver("the daemon started anew"));
    on("shutdown", () => this._retry("the daemon is leaving"));
    source.onerror = () => {
      if (source !== this._source) return;
      // An EventSource does not tell a refusal from a dead daemon; asking for the tree does (401).
      if (!opened) this._id = null;
      this._retry("the stream broke");
    };
  }

  /** @param {MessageEvent<string>} event */
  _change(event) {
    const id = event.lastEventId || this._id;
    if (id && id.slice(0, id.lastIndexOf("-")) !== this._epoch) return this._startOver("another daemon run");
    this._id = id;
    this._emit({ type: "change", change: JSON.parse(event.data), received: clock() });
  }

  /** @param {Beat} beat */
  _beat(beat) {
    if (beat.epoch !== this._epoch) return this._startOver("another daemon run");
    this._emit({ type: "beat", beat, received: clock() });
  }

  _hear() {
    this._heard = clock();
    if (this._heard - this._opened > PROVEN) this._failures = 0;
    if (this.link.state !== "live") this._say("live");
  }

  /** @param {string} reason */
  _startOver(reason) {
    this._id = null;
    this._retry(reason);
  }

  /** @param {string} reason */
  _retry(reason) {
    this._end();
    const delay = backoff(this._failures++);
    this._timer = setTimeout(() => this._connect(), delay * 1000);
    this._say("waiting", reason, clock() + delay);
  }

  _check(limit = SILENCE) {
    const since = Math.max(this._heard ?? 0, this._opened);
    if (this._source && clock() - since > limit) this._retry("nothing heard");
  }

  _end() {
    clearTimeout(this._timer);
    this._attempt.abort();
    this._source?.close();
    this._source = null;
  }

  /** @param {Link["state"]} state @param {string} reason @param {number | null} retry */
  _say(state, reason = "", retry = null) {
    this.link = { state, retry, reason };
    this._emit({ type: "link", link: this.link });
  }
}
