// One stream for all tabs of a browser: the hub that owns it (in a SharedWorker), and a tab's end of the line.

import { Stream } from "./stream.js";

/**
 * @typedef {import("./stream.js").Message} Message
 * @typedef {import("./stream.js").Change} Change
 * @typedef {import("./stream.js").View} View
 * @typedef {import("./stream.js").Marker} Marker
 * @typedef {{postMessage: (message: Message) => void}} Port  a MessagePort, or a function in the same tab
 * @typedef {{series?: string, log?: string}} Topics  a station, a task whose log is looked at
 * @typedef {"poke" | "bye" | Topics} Call  what a tab says to the hub
 */

/** Seconds after which a hidden tab without SharedWorker gives its connection (of six per host) back. */
const HIDDEN_LIMIT = 30;

/** Keeps what a tab that comes later needs: the fetched tree, and all that changed since. */
export class Hub {
  constructor() {
    /** @type {Map<Port, Topics>} */
    this._ports = new Map();
    /** @type {Map<string, Message>} the newest message of each type but `change` */
    this._last = new Map();
    /** @type {Map<string, View>} parents first, as they came */
    this._changed = new Map();
    /** @type {Set<string>} */
    this._removed = new Set();
    /** @type {Marker[]} */
    this._markers = [];
    this._now = { now: 0, revision: 0, received: 0 };
    this.stream = new Stream((message) => this._relay(message));
  }

  /** @param {Port} port */
  attach(port) {
    this._ports.set(port, {});
    this._replay(port);
    this.stream.start();
    this.stream.poke();
  }

  /** @param {Port} port */
  detach(port) {
    this._ports.delete(port);
    if (this._ports.size === 0) this.stream.stop();
    else this._ask();
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

  /** @param {Port} port */
  _replay(port) {
    const snapshot = this._last.get("snapshot");
    if (snapshot) {
      port.postMessage(snapshot);
      const { now, revision, received } = this._now;
      const change = { now, revision, tasks: [...this._changed.values()], markers: this._markers, removed: [...this._removed] };
      if (revision) port.postMessage({ type: "change", change, received });
    }
    const beat = this._last.get("beat");
    if (beat) port.postMessage(beat);
    port.postMessage({ type: "link", link: this.stream.link });
  }

  /** @param {Message} message */
  _relay(message) {
    if (message.type === "change") this._keep(message.change, message.received);
    else if (message.type !== "samples" && message.type !== "lines") this._last.set(message.type, message);
    if (message.type === "snapshot") this._forget();
    for (const port of this._ports.keys()) port.postMessage(message);
  }

  _forget() {
    this._changed.clear();
    this._removed.clear();
    this._markers = [];
    this._now = { now: 0, revision: 0, received: 0 };
  }

  /** @param {Change} change @param {number} received */
  _keep(change, received) {
    for (const key of change.removed ?? []) {
      this._changed.delete(key);
      this._removed.add(key);
    }
    if (change.removed?.length) this._dropOrphans(new Set(change.removed));
    for (const view of change.tasks ?? []) {
      // Views that are replayed together are of different age; seconds_left counts from here.
      view.at = change.now;
      this._changed.set(view.key, view);
    }
    this._markers.push(...change.markers ?? []);
    this._now = { now: change.now, revision: change.revision, received };
  }

  /** @param {Set<string>} gone keys, to which this adds their descendants */
  _dropOrphans(gone) {
    for (const [key, view] of this._changed) {
      if (!gone.has(view.parent ?? "")) continue;
      gone.add(key);
      this._changed.delete(key);
    }
    this._markers = this._markers.filter((marker) => !gone.has(marker.task));
  }
}

/**
 * A tab's end: gets everything that is known, then every message, until the page goes.
 * @param {(message: Message) => void} receive
 * @returns {{poke: () => void, attend: (topics: Topics) => void}}
 */
export function connect(receive) {
  let line = "SharedWorker" in globalThis ? shared(receive, () => { line = alone(receive); }) : alone(receive);
  const poke = () => line.poke();
  addEventListener("online", poke);
  addEventListener("pageshow", (event) => { if (event.persisted) line.hello(); });
  addEventListener("pagehide", () => line.bye());
  document.addEventListener("visibilitychange", () => line.visible(!document.hidden));
  return { poke, attend: (topics) => line.attend(topics) };
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
    visible: (/** @type {boolean} */ visible) => { if (visible) say("poke"); },
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
      if (visible && hub.knows(port)) hub.stream.poke();
      else if (visible) hub.attach(port);
      else timer = setTimeout(() => hub.detach(port), HIDDEN_LIMIT * 1000);
    },
  };
}

/** @param {Hub} hub @param {MessagePort} port */
function serve(hub, port) {
  port.onmessage = (/** @type {MessageEvent<Call>} */ { data: call }) => {
    if (call === "bye") hub.detach(port);
    // A tab that comes back from the page cache said bye, and has missed everything since.
    else if (!hub.knows(port)) hub.attach(port);
    else if (call === "poke") hub.stream.poke();
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
