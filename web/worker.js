// One stream for all tabs of a browser: the hub that owns it (in a SharedWorker), and a tab's end of the line.

import { Stream } from "./stream.js";

/**
 * @typedef {import("./stream.js").Message} Message
 * @typedef {import("./stream.js").Change} Change
 * @typedef {import("./stream.js").View} View
 * @typedef {import("./stream.js").Marker} Marker
 * @typedef {{postMessage: (message: Message) => void}} Port  a MessagePort, or a function in the same tab
 * @typedef {{series?: string, log?: string}} Topics  a station, a task whose log is looked at
 * @typedef {"poke" | "hide" | "bye" | Topics} Call  what a tab says to the hub
 */

/** Seconds after which a hidden tab without SharedWorker gives its connection (of six per host) back. */
const HIDDEN_LIMIT = 30;
/** And after which no hidden tab is brought what it looks at beside the tree; in a shorter time somebody looks elsewhere and comes back. */
const UNSEEN = 10;
/** Markers that are kept for tabs to come; store.js keeps as many. */
const MARKERS = 20_000;
/** Milliseconds for which a hidden tab's changes are held back, to reach it as one: its title needs no more. */
const HELD_MS = 2000;

/** Several changes as one: of each task the newest. */
class Merged {
  /** @param {Set<string> | null} known keys of the tasks that were there before: that others are gone need not be told; null for any */
  constructor(known) {
    this._known = known;
    /** @type {Map<string, View>} as they first came: one that was moved later may stand before its parent */
    this._tasks = new Map();
    /** @type {Set<string>} */
    this._removed = new Set();
    /** @type {Marker[]} */
    this._markers = [];
    /** @type {Extract<Message, {type: "change"}> | null} */
    this._newest = null;
  }

  clear() {
    this._tasks.clear();
    this._removed.clear();
    this._markers = [];
    this._newest = null;
  }

  /** @returns {Message | null} null if there was none */
  message() {
    if (!this._newest) return null;
    const { change: { now, revision }, received } = this._newest;
    return { type: "change", change: { now, revision, tasks: [...this._tasks.values()], markers: this._markers, removed: [...this._removed] }, received };
  }

  /** @param {Extract<Message, {type: "change"}>} message */
  add(message) {
    const { tasks = [], removed = [], markers = [], now } = message.change;
    for (const key of removed) {
      this._tasks.delete(key);
      if (this._known?.has(key) ?? true) this._removed.add(key);
    }
    if (removed.length) this._dropOrphans(new Set(removed));
    for (const view of tasks) {
      // Views that are brought together are of different age; seconds_left counts from here.
      view.at = now;
      this._tasks.set(view.key, view);
    }
    this._markers.push(...markers);
    if (this._markers.length > MARKERS) this._markers = this._markers.slice(-MARKERS);
    this._newest = message;
  }

  /** @param {Set<string>} gone keys, to which this adds their descendants */
  _dropOrphans(gone) {
    for (const [key, view] of this._tasks) {
      if (!gone.has(view.parent ?? "")) continue;
      gone.add(key);
      this._tasks.delete(key);
    }
    this._markers = this._markers.filter((marker) => !gone.has(marker.task));
  }
}

/** Keeps what a tab that comes later needs: the fetched tree, and all that changed since. */
export class Hub {
  constructor() {
    /** @type {Map<Port, Topics>} */
    this._ports = new Map();
    /** @type {Set<Port>} those that nobody looks at get what changed every now and then, as one */
    this._hidden = new Set();
    /** @type {Map<string, Message>} the newest message of each type but `change` */
    this._last = new Map();
    this._since = new Merged(null);
    this._held = new Merged(null);
    this.stream = new Stream((message) => this._relay(message));
    setInterval(() => this._release(), HELD_MS);
  }

  /** @param {Port} port */
  attach(port) {
    this._ports.set(port, {});
    this._hidden.delete(port);
    for (const message of [this._last.get("snapshot"), this._since.message(), this._last.get("beat")]) if (message) port.postMessage(message);
    port.postMessage({ type: "link", link: this.stream.link });
    this.stream.start();
    this.stream.poke();
  }

  /** @param {Port} port */
  detach(port) {
    this._ports.delete(port);
    this._hidden.delete(port);
    if (this._ports.size === 0) this.stream.stop();
    else this._ask();
  }

  /** Whether somebody looks at a tab. @param {Port} port @param {boolean} seen */
  look(port, seen) {
    this._release();
    if (seen) {
      this._hidden.delete(port);
      this.stream.poke();
    } else this._hidden.add(port);
  }

  /** What a tab looks at beside the tree. @param {Port} port @param {Topics} topics */
  attend(port, topics) {
    this._ports.set(port, topics);
    this._ask();
  }

  /** One stream for all tabs, and so for all that any of them looks at. */
  _ask() {
    const asked = new URLSearchParams();
    for (const topics of this._ports.values()) {
      for (const [kind, key] of Object.entries(topics)) if (key && !asked.has(kind, key)) asked.append(kind, key);
    }
    this.stream.attend(asked.toString());
  }

  /** @param {Port} port */
  knows(port) {
    return this._ports.has(port);
  }

  /** @param {Message} message */
  _relay(message) {
    if (message.type === "change") {
      this._since.add(message);
      if (this._hidden.size) this._held.add(message);
    } else if (message.type !== "samples" && message.type !== "lines") this._last.set(message.type, message);
    if (message.type === "snapshot") {
      this._since = new Merged(new Set(message.snapshot.columns.keys));
      this._held.clear();
    }
    for (const port of this._ports.keys()) if (message.type !== "change" || !this._hidden.has(port)) port.postMessage(message);
  }

  _release() {
    const message = this._held.message();
    if (message) for (const port of this._hidden) port.postMessage(message);
    this._held.clear();
  }
}

/**
 * A tab's end: gets everything that is known, then every message, until the page goes.
 * @param {(message: Message) => void} receive
 * @returns {{poke: () => void, attend: (topics: Topics) => void}}
 */
export function connect(receive) {
  /** @type {Topics} */
  let asked = {};
  let line = begin(receive, () => {
    line = alone(receive);
    line.attend(asked);
  });
  const poke = () => line.poke();
  addEventListener("online", poke);
  // Who was away for long was detached, and is attached anew without its topics.
  addEventListener("pageshow", (event) => { if (event.persisted) { line.hello(); line.attend(asked); } });
  addEventListener("pagehide", () => line.bye());
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let unseen;
  document.addEventListener("visibilitychange", () => {
    clearTimeout(unseen);
    line.visible(!document.hidden);
    if (document.hidden) unseen = setTimeout(() => line.attend({}), UNSEEN * 1000);
    else line.attend(asked);
  });
  if (document.hidden) line.visible(false);
  return { poke, attend: (topics) => line.attend(asked = topics) };
}

/** @param {(message: Message) => void} receive @param {() => void} fail */
function begin(receive, fail) {
  try {
    return shared(receive, fail);
  } catch {
    // There is no such class, or it refuses where storage is denied.
    return alone(receive);
  }
}

/** @param {(message: Message) => void} receive @param {() => void} fail the browser has the class, but refuses */
function shared(receive, fail) {
  const worker = new SharedWorker(new URL("worker.js", import.meta.url), { type: "module", name: "progressd" });
  worker.onerror = fail;
  worker.port.onmessage = (event) => receive(event.data);
  /** @param {Call} call */
  const say = (call) => worker.port.postMessage(call);
  return {
    poke: () => say("poke"),
    attend: (/** @type {Topics} */ topics) => say(topics),
    hello: () => say("poke"),
    bye: () => say("bye"),
    visible: (/** @type {boolean} */ visible) => say(visible ? "poke" : "hide"),
  };
}

/** @param {(message: Message) => void} receive */
function alone(receive) {
  const hub = new Hub();
  const port = { postMessage: receive };
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  hub.attach(port);
  return {
    poke: () => hub.stream.poke(),
    attend: (/** @type {Topics} */ topics) => hub.attend(port, topics),
    hello: () => hub.attach(port),
    bye: () => hub.detach(port),
    visible: (/** @type {boolean} */ visible) => {
      clearTimeout(timer);
      if (visible && !hub.knows(port)) hub.attach(port);
      else hub.look(port, visible);
      if (!visible) timer = setTimeout(() => hub.detach(port), HIDDEN_LIMIT * 1000);
    },
  };
}

/** @param {Hub} hub @param {MessagePort} port */
function serve(hub, port) {
  port.onmessage = (/** @type {MessageEvent<Call>} */ { data: call }) => {
    if (call === "bye") hub.detach(port);
    // A tab that goes is hidden, too; one that comes back from the page cache said bye, and has missed everything since.
    else if (!hub.knows(port)) { if (call !== "hide") hub.attach(port); }
    else if (call === "poke" || call === "hide") hub.look(port, call === "poke");
    if (typeof call === "object") hub.attend(port, call);
  };
  port.addEventListener("close", () => hub.detach(port));
  hub.attach(port);
}

// The DOM and WebWorker type libraries exclude each other; this is all that is needed of the second.
const scope = /** @type {{onconnect?: ((event: MessageEvent) => void) | null}} */ (/** @type {unknown} */ (globalThis));
if (typeof document === "undefined") {
  const hub = new Hub();
  scope.onconnect = (event) => serve(hub, event.ports[0]);
}
