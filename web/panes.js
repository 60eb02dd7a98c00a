// Where the panes stand, which of them can be seen, and when the code of those that most visits never need is fetched.

import { ALL } from "./store.js";
import { attribute, byId, number, TYPING, write } from "./text.js";
import { NARROW } from "./view.js";

/**
 * @typedef {import("./main.js").Page} Page
 * @typedef {{draw: (now: number) => void}} Pane  drawn once a frame, while it can be seen
 * @typedef {"log" | "series" | "markers"} Tab
 */

/** Below this width there is no room for a timeline beside the tree. */
const MIDDLING = matchMedia("(max-width: 1099px)");
/** @type {Record<string, string>} each tab's pane */
const TABS = { log: "log", series: "series", markers: "markers-pane" };
/** Those for which the stream brings what is new. */
const LIVE = /** @type {const} */ (["log", "series"]);
/** Share of the room that a pane keeps, however its edge is dragged. */
const LEAST = 0.12;
/** Percent that an edge has until it is moved; panes.css has the same numbers. */
const USUAL = { across: 54, down: 38, downMiddling: 42 };
/** What an arrow key moves an edge by. */
const STEP = 0.03;
/** Milliseconds until code is asked for again that could not be fetched: the network, or the daemon, may be back. */
const AGAIN = 3000;
/** Keys that are kept until their code has come: nobody types on for longer than that without an answer. */
const EARLY = 20;

export class Panes {
  /** @param {Page} page */
  constructor(page) {
    this._page = page;
    /** @type {Map<string, Pane | null>} by their elements; null while the code is on its way */
    this._panes = new Map();
    for (const tab of Object.keys(TABS)) byId(`tab-${tab}`).addEventListener("click", () => this.open(/** @type {Tab} */ (tab)));
    byId("tabs").addEventListener("keydown", (event) => this._walk(event));
    for (const button of fronts()) button.addEventListener("click", () => page.view.put({ pane: button.dataset.front ?? "" }, true));
    edge("split-across", "--across", USUAL.across, (event, box) => (event.clientX - box.left) / box.width);
    edge("split-down", "--down", MIDDLING.matches ? USUAL.downMiddling : USUAL.down, (event, box) => (box.bottom - event.clientY) / box.height);
  }

  /** @param {Tab} tab */
  open(tab) {
    this._page.view.put({ tab, ...NARROW.matches ? { pane: "task" } : {} });
  }

  /** @param {number} now */
  draw(now) {
    const { view, store, selected } = this._page;
    const chosen = store.find(selected) !== undefined;
    const pane = view.get("pane");
    // Where there is no tree, there are series.
    const front = NARROW.matches ? pane || (store.size ? "" : "task") : "";
    const current = NARROW.matches || pane !== "timeline" ? front : pane;
    const panel = chosen || store.markers.length > 0 || view.get("tab") === "series" || store.size === 0;
    const seen = {
      work: front === "",
      timeline: NARROW.matches ? front === "timeline" : !MIDDLING.matches || view.get("pane") === "timeline",
      panel: panel && (!NARROW.matches || front === "task"),
      details: chosen,
    };
    for (const [name, visible] of Object.entries(seen)) byId(name).hidden = !visible;
    byId("split-across").hidden = !seen.timeline || NARROW.matches;
    byId("split-down").hidden = !seen.panel || NARROW.matches;
    document.body.dataset.panes = Object.entries(seen).filter(([, visible]) => visible).map(([name]) => name).join(" ");
    for (const button of fronts()) attribute(button, "aria-current", button.dataset.front === current ? "true" : null);
    this._drawTabs(chosen);
    this._drawPane("ghost", now);
    if (seen.timeline) this._drawPane("timeline", now);
    const open = seen.panel ? TABS[this._tab(chosen)] : "";
    this.leave(open);
    if (!open) return;
    if (chosen) this._drawPane("details", now);
    this._drawPane(open, now);
  }

  /** Has the stream bring nothing for panes that are not seen. @param {string} but the one that is */
  leave(but = "") {
    for (const kind of LIVE) if (kind !== but) this._page.attend(kind, null);
  }

  /** @param {string} name @param {number} now */
  _drawPane(name, now) {
    const pane = this._panes.get(name);
    if (pane) attempt(name, () => pane.draw(now));
    else if (pane === undefined && name in LATER) this._fetch(name);
  }

  /** @param {string} name */
  async _fetch(name) {
    this._panes.set(name, null);
    const make = await LATER[name]();
    attempt(name, () => this._panes.set(name, make(this._page)));
    this._page.draw();
  }

  /** @param {boolean} chosen */
  _drawTabs(chosen) {
    const { store, selected } = this._page;
    const row = store.find(selected) ?? ALL;
    const tab = this._tab(chosen);
    write(byId("log-count"), chosen && store.values.lines[row] ? number(store.values.lines[row]) : "");
    write(byId("series-count"), chosen && store.metrics[row] ? number(Object.keys(store.metrics[row] ?? {}).length) : "");
    for (const [name, pane] of Object.entries(TABS)) {
      const on = name === tab;
      byId(`tab-${name}`).hidden = !chosen && name === "log";
      attribute(byId(`tab-${name}`), "aria-selected", String(on));
      attribute(byId(`tab-${name}`), "tabindex", on ? "0" : "-1");
      byId(pane).hidden = !on;
    }
  }

  /** What was asked for; else the first that has something to show. @param {boolean} chosen @returns {Tab} */
  _tab(chosen) {
    const { store, selected, view } = this._page;
    const wanted = view.get("tab");
    if (!chosen) return wanted === "series" || store.size === 0 ? "series" : "markers";
    if (wanted in TABS) return /** @type {Tab} */ (wanted);
    const row = store.find(selected) ?? ALL;
    if (store.values.lines[row]) return "log";
    if (store.metrics[row]) return "series";
    return store.values.markers[row] ? "markers" : "log";
  }

  /** @param {KeyboardEvent} event */
  _walk(event) {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    const tabs = Object.keys(TABS).filter((tab) => !byId(`tab-${tab}`).hidden);
    const at = tabs.findIndex((tab) => byId(`tab-${tab}`) === document.activeElement);
    const next = /** @type {Tab} */ (tabs[(at + step + tabs.length) % tabs.length]);
    this.open(next);
    byId(`tab-${next}`).focus();
  }
}

/** The code of these comes when it is first needed, so that the tree is there sooner. @type {Record<string, () => Promise<(page: Page) => Pane>>} */
const LATER = {
  timeline: async () => {
    const { Timeline } = await later("timeline", () => import("./timeline.js"));
    return (page) => new Timeline(page, byId("timeline"));
  },
  log: async () => {
    const { Log } = await later("log", () => import("./log.js"));
    return (page) => new Log(page, byId("log"));
  },
  series: async () => {
    const { Series } = await later("series", () => import("./series.js"));
    return (page) => new Series(page, byId("series"));
  },
  details: async () => {
    const { Details } = await later("details", () => import("./details.js"));
    return (page) => new Details(page);
  },
  ghost: async () => {
    const { Ghost } = await later("ghost", () => import("./ghost.js"));
    return (page) => page.ghost = new Ghost(page);
  },
  "markers-pane": async () => {
    const { Markers } = await later("details", () => import("./details.js"));
    return (page) => new Markers(page);
  },
};

/** @returns {HTMLButtonElement[]} */
const fronts = () => [...byId("fronts").querySelectorAll("button")];

/** @type {Map<string, Promise<any>>} */
const fetched = new Map();

/**
 * The code of a part; resolves once it is there, and never rejects.
 * @template T @param {string} part @param {() => Promise<T>} load @returns {Promise<T>}
 */
export function later(part, load) {
  const found = fetched.get(part) ?? insist(part, load);
  fetched.set(part, found);
  return found;
}

/** @template T @param {string} part @param {() => Promise<T>} load @returns {Promise<T>} */
async function insist(part, load) {
  for (;;) {
    try {
      return await load();
    } catch (error) {
      console.warn(`the ${part} could not be fetched, and will be again`, error);
      await new Promise((resolve) => setTimeout(resolve, AGAIN));
    }
  }
}

/**
 * Keys that are pressed before the code that hears them has come act as soon as it has; what follows one that goes to a
 * field is text, not keys.
 * @param {Promise<void>} ready
 */
export async function keepKeys(ready) {
  /** @type {KeyboardEvent[]} */
  const early = [];
  const keep = (/** @type {KeyboardEvent} */ event) => {
    if (early.length < EARLY && !(/** @type {Element} */ (event.target).closest?.(TYPING))) early.push(event);
  };
  addEventListener("keydown", keep);
  await ready;
  removeEventListener("keydown", keep);
  for (const event of early) {
    // What a part that was there took for itself is not told twice.
    if (!event.defaultPrevented) event.target?.dispatchEvent(new KeyboardEvent(event.type, event));
    if (document.activeElement?.closest(TYPING)) return;
  }
}

/** A fault in one part must not blank the others. @param {string} part @param {() => void} draw */
export function attempt(part, draw) {
  try {
    draw();
  } catch (error) {
    console.error(`drawing the ${part} failed`, error);
  }
}

/**
 * An edge between panes: dragged, or moved by arrow keys; kept per browser, since it is about the screen, not the view.
 * @param {string} id @param {string} property @param {number} usual percent @param {(event: PointerEvent, box: DOMRect) => number} share
 */
function edge(id, property, usual, share) {
  const element = byId(id), stored = `progressd${property}`;
  attribute(element, "aria-valuenow", String(usual));
  /** @param {number} value */
  const put = (value) => {
    const kept = Math.min(1 - LEAST, Math.max(LEAST, value));
    document.body.style.setProperty(property, `${kept * 100}%`);
    attribute(element, "aria-valuenow", String(Math.round(kept * 100)));
    try {
      localStorage.setItem(stored, String(kept));
    } catch { /* storage may be forbidden; then it lasts as long as the page */ }
  };
  try {
    const kept = parseFloat(localStorage.getItem(stored) ?? "");
    if (kept > 0) put(kept);
  } catch { /* as above */ }
  element.addEventListener("pointerdown", (event) => {
    event.preventDefault();
    element.setPointerCapture(event.pointerId);
  });
  element.addEventListener("pointermove", (event) => {
    if (element.hasPointerCapture(event.pointerId)) put(share(event, /** @type {Element} */ (byId("work").parentElement).getBoundingClientRect()));
  });
  element.addEventListener("keydown", (event) => {
    const step = { ArrowRight: STEP, ArrowUp: STEP, ArrowLeft: -STEP, ArrowDown: -STEP }[event.key];
    if (!step) return;
    event.preventDefault();
    put(Number(element.getAttribute("aria-valuenow")) / 100 + step);
  });
}
