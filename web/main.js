// Wires the page: messages go into the store, the store is drawn once a frame, the view lives in the URL.

import { Answer, subject } from "./answer.js";
import { attempt, keepKeys, later, Panes } from "./panes.js";
import { FAILED, RUNNING, Store } from "./store.js";
import { Tools } from "./tools.js";
import { Tree } from "./tree.js";
import { View } from "./view.js";
import { connect } from "./worker.js";
import { byId, write } from "./text.js";

/**
 * @typedef {import("./stream.js").Message} Message
 * @typedef {import("./stream.js").Beat} Beat
 * @typedef {import("./stream.js").Link} Link
 */

/** Seconds without data after which the page greys out; the daemon speaks at least every 5 s. */
const STALE = 10;
/** Two beats missed: not live any more, whatever the link believes. */
const LIVE = 12;
/** Seconds after the last word at which the page's time stands still: just longer than the daemon's beat. */
const STANDSTILL = 6;
/** How often clocks and bars move on their own (bars glide as long), and how often at most because of what comes in. */
const TICK_MS = 250, FRAME_MS = 100;
/** Clocks of browser and daemon that differ by more than this were set, not just delayed by the network. */
const CLOCK_JUMP = 2;
const THEMES = ["auto", "light", "dark"];

export class Page {
  constructor() {
    this.store = new Store();
    this.view = new View(() => { this._summarise(); this.draw(); });
    this.stale = false;
    /** @type {Link} */
    this.link = { state: "connecting", retry: null, reason: "" };
    /** @type {Beat | null} */
    this.beat = null;
    /** The daemon's clock minus the browser's. */
    this._offset = NaN;
    this._received = NaN;
    this._loaded = false;
    this._version = "";
    /** @type {Record<"series" | "log", string>} */
    this._attended = { series: "", log: "" };
    /** @type {Partial<Record<"series" | "log", (message: Message) => void>>} */
    this._hearers = {};
    /** @type {import("./kiosk.js").Kiosk | undefined} */
    this._kiosk = undefined;
    /** @type {import("./ghost.js").Ghost | undefined} */
    this.ghost = undefined;
    this._scheduled = this._soon = false;
    this._drawn = -Infinity;
    this._whole = false;
    this._tree = new Tree(byId("tree"), byId("lines"), this);
    this.tools = new Tools(this, this._tree);
    this._answer = new Answer(this, () => this.seek(FAILED));
    this._panes = new Panes(this);
    document.addEventListener("visibilitychange", () => this.draw());
    setInterval(() => this._tick(), TICK_MS);
  }

  /** A task's key. */
  get selected() {
    return this.view.get("selected") || null;
  }

  get hideFinished() {
    return this.view.get("hide") === "finished";
  }

  start() {
    this._line = connect((message) => this._receive(message));
    later("badge", () => import("./badge.js")).then(({ Badge }) => { this._badge = new Badge(); });
    later("health", () => import("./health.js")).then(({ Health }) => { this._health = new Health(this); this._summarise(); });
    const keys = later("keys", () => import("./keys.js")), walk = later("walk", () => import("./walk.js"));
    const ready = keepKeys(Promise.all([keys, walk]).then(([{ Keys }, { Walk }]) => { this._hands = [new Keys(this), new Walk(this, this._tree)]; }));
    later("notice", () => import("./notice.js")).then(({ Notice }) => { this._notice = new Notice(this); this._summarise(); });
    byId("pop").addEventListener("click", () => this.popOut());
    byId("help").addEventListener("click", () => ready.then(async () => (await keys).show(this)));
  }

  retry() {
    this._line?.poke();
  }

  /**
   * The daemon's time: durations must not depend on the clock of whoever looks. Without data it stands still, or
   * it would pass old numbers off as new; and at the same instant whether the link broke or fell silent: no jump back.
   */
  now() {
    const now = Date.now() / 1000 + (isNaN(this._offset) ? 0 : this._offset);
    return isNaN(this._received) ? now : Math.min(now, this.heardAt() + STANDSTILL);
  }

  /** Seconds since the daemon was last heard; NaN before the first time. */
  age() {
    return Date.now() / 1000 - this._received;
  }

  /** When the daemon was last heard, by its clock. */
  heardAt() {
    return this._received + this._offset;
  }

  isLive() {
    return this.link.state === "live" && this.age() < LIVE;
  }

  /** @param {string | null} key */
  select(key) {
    this.view.put({ selected: key ?? "" });
    this.draw();
  }

  /** Selects a task and scrolls to it. @param {string} key */
  show(key) {
    this.select(key);
    const row = this.store.find(key);
    if (row !== undefined) this._tree.reveal(row);
  }

  /** Draws in the next frame, however often it is asked for. @param {boolean} whole or, for scrolling, the tree alone */
  draw(whole = true) {
    this._whole ||= whole;
    if (this._scheduled) return;
    this._scheduled = true;
    requestAnimationFrame(() => {
      this._scheduled = false;
      this._drawNow(this._whole);
      this._drawn = performance.now();
      this._whole = false;
    });
  }

  /** @param {boolean} whole */
  _drawNow(whole) {
    const now = this.now();
    // Where only stations report, their series are what there is to see.
    const empty = this.store.size === 0 && !this.beat?.series;
    if (!empty) attempt("tree", () => this._tree.draw(now));
    if (!whole) return;
    if (!empty) attempt("tools", () => this.tools.draw(now));
    const about = subject(this.store, this.selected, now);
    document.body.dataset.view = !this._loaded ? "loading" : empty ? "welcome" : this.store.size ? "tree" : "series";
    attempt("health", () => this._health?.draw(now));
    this._drawMode(now);
    if (this._loaded && empty) later("first steps", () => import("./welcome.js")).then(({ teach }) => attempt("first steps", () => teach(this)));
    if (about) attempt("answer", () => this._answer.draw(about, now));
    if ((about || !empty) && byId("kiosk").hidden) attempt("panes", () => this._panes.draw(now));
    else this._panes.leave();
  }

  /** The whole page, or the answer alone. @param {number} now */
  async _drawMode(now) {
    const mode = /** @type {const} */ (["kiosk", "mini", "embed"]).find((each) => this.view.get(each) === "1") ?? "";
    document.body.dataset.mode = mode;
    byId("kiosk").hidden = mode !== "kiosk" && mode !== "mini";
    if (byId("kiosk").hidden) return;
    const { Kiosk } = await later("kiosk", () => import("./kiosk.js"));
    this._kiosk ??= new Kiosk(this, byId("kiosk"));
    this._kiosk.draw(now);
  }

  async popOut() { (await later("kiosk", () => import("./kiosk.js"))).popOut(this); }

  _tick() {
    const stale = this._loaded && !this.isLive() && this.age() > STALE;
    if (stale !== this.stale) {
      this.stale = stale;
      this._summarise();
    }
    if (!document.hidden) this.draw();
  }

  /** @param {Message} message */
  _receive(message) {
    switch (message.type) {
      case "snapshot":
        this._checkVersion(message.snapshot.version ?? "");
        this._hear(message.snapshot.now, message.received);
        this.store.load(message.snapshot);
        this._loaded = true;
        break;
      case "change":
        this._hear(message.change.now, message.received);
        this.store.apply(message.change);
        break;
      case "beat":
        this._hear(message.beat.now, message.received);
        this.beat = message.beat;
        break;
      case "samples":
        this._hearers.series?.(message);
        break;
      case "lines":
        this._hearers.log?.(message);
        break;
      case "link":
        this.link = message.link;
        break;
      case "login":
        location.assign("/login");
    }
    this._summarise();
    this._drawSoon();
  }

  /** What comes in fast is drawn ten times a second: bars glide from one to the next. */
  _drawSoon() {
    if (this._soon) return;
    this._soon = true;
    setTimeout(() => {
      this._soon = false;
      this.draw();
    }, Math.max(0, FRAME_MS - (performance.now() - this._drawn)));
  }

  /**
   * Has the stream bring what is beside the tree: one topic of each kind, null for none.
   * @param {"series" | "log"} kind @param {string | null} key @param {(message: Message) => void} [hear]
   * @returns {boolean} whether another was brought until now, or none
   */
  attend(kind, key, hear) {
    this._hearers[kind] = hear;
    if (this._attended[kind] === (key ?? "")) return false;
    this._attended[kind] = key ?? "";
    // One word for all that changes in a frame, since the stream begins anew for each.
    queueMicrotask(() => this._line?.attend({ ...this._attended }));
    return true;
  }

  /** What no daemon said: see demo.js. @param {import("./stream.js").Change} change */
  play(change) {
    this.store.apply(change);
    this.draw();
  }

  /** What must be right in a hidden tab too. */
  _summarise() {
    this._badge?.show(subject(this.store, this.selected, this.now()), this.stale);
    this._health?.notice(subject(this.store, null, this.now()));
    this._notice?.look();
  }

  /** The frame that was delayed least tells the offset best. @param {number} now @param {number} received */
  _hear(now, received) {
    const offset = now - received;
    if (!(Math.abs(offset - this._offset) < CLOCK_JUMP) || offset > this._offset) this._offset = offset;
    const setBack = this._received > Date.now() / 1000 + CLOCK_JUMP;
    if (setBack || !(received < this._received)) this._received = received;
  }

  /** A new daemon may bring a new page; once, lest two daemons behind one address reload it for ever. @param {string} version */
  _checkVersion(version) {
    const changed = this._version !== "" && version !== this._version;
    this._version = version;
    try {
      if (!changed || sessionStorage.getItem("progressd.version") === version) return;
      sessionStorage.setItem("progressd.version", version);
      location.reload();
    } catch { /* storage may be forbidden; then nothing would end the reloading */ }
  }

  /** Goes to the next task of that status. @param {number} status @param {boolean} backwards */
  seek(status, backwards = false) {
    // A failed parent of a failed task tells nothing more than that.
    const { store } = this;
    this._tree.seek((row) => store.status[row] === status && (status !== RUNNING || !store.hasChildren(row)), backwards);
  }
}

/** Auto follows the system; the choice is kept per browser. */
function chooseTheme() {
  let theme = "auto";
  try {
    theme = localStorage.getItem("progressd.theme") ?? theme;
  } catch { /* storage may be forbidden; then the choice lasts as long as the page */ }
  /** @param {string} chosen */
  const apply = (chosen) => {
    theme = chosen;
    document.documentElement.dataset.theme = theme;
    write(byId("theme-words"), theme);
  };
  apply(THEMES.includes(theme) ? theme : "auto");
  byId("theme").addEventListener("click", () => {
    apply(THEMES[(THEMES.indexOf(theme) + 1) % THEMES.length]);
    try {
      localStorage.setItem("progressd.theme", theme);
    } catch { /* as above */ }
  });
}

chooseTheme();
new Page().start();
