// What is known about the selected task; and the markers in it, or the newest of all while none is selected.

import { elapsed, quietFor, waitedFor } from "./columns.js";
import { ALL, MARKERS, RUNNING } from "./store.js";
import { amountWords, Bar, layers, leftWords, legend, progressWords } from "./row.js";
import { amount, attribute, byId, clock, duration, el, icon, label, LONGEST, number, pace, plain, plural, roughly, spoken, STATUSES, write } from "./text.js";

/**
 * @typedef {import("./store.js").Store} Store
 * @typedef {import("./store.js").Marker} Marker
 * @typedef {import("./main.js").Page} Page
 */

/** Nobody reads more at once, and the text says how many there are. */
const MOST_MARKERS = 200;
/** Seconds by which a marker may precede its task's start: two processes wrote them, and the clock ticks between. */
const SKEW = 1;

export class Details {
  /** @param {Page} page */
  constructor(page) {
    this._page = page;
    this._bar = new Bar();
    this._facts = "";
    byId("details-bar").append(this._bar.element);
    byId("details-close").addEventListener("click", () => {
      page.select(null);
      // The button goes with the panel; who pressed it by a key goes on in the tree. Likewise elsewhere.
      byId("tree").focus();
    });
  }

  /** @param {number} now */
  draw(now) {
    const { store, selected } = this._page;
    const row = store.find(selected);
    if (row !== undefined) this._drawTask(row, now);
  }

  /** @param {number} row @param {number} now */
  _drawTask(row, now) {
    const { store, stale } = this._page;
    const status = STATUSES[store.status[row]];
    const fraction = store.values.fraction[row];
    const glyph = byId("details-glyph");
    if (glyph.dataset.status !== status) {
      glyph.dataset.status = status;
      glyph.replaceChildren(icon(status));
    }
    write(byId("details-name"), store.name[row]);
    write(byId("details-key"), store.key[row] === store.name[row] ? "" : store.key[row]);
    write(byId("details-message"), store.texts.message[row]);
    byId("details-message").dataset.status = status;
    const ends = layers(store, row, fraction);
    this._bar.show(ends, fraction, store.status[row], store.status[row] === RUNNING && !stale);
    const tip = legend(ends, fraction, store.status[row]);
    this._bar.describe(plain(store.name[row]), tip || progressWords(store, row, fraction) || "unknown progress", tip);
    write(byId("details-progress"), progressWords(store, row, fraction) || "–");
    this._drawFacts(facts(store, row, now, stale));
    this._drawMetrics(row);
  }

  /** Rebuilds the list only when its terms change; its values are written in place. @param {[string, string][]} list */
  _drawFacts(list) {
    const box = byId("details-facts");
    const terms = list.map(([term]) => term).join();
    if (terms !== this._facts) {
      this._facts = terms;
      box.replaceChildren(...list.map(([term]) => el("div", "", el("dt", "", term), el("dd"))));
    }
    list.forEach(([, value], i) => write(/** @type {Element} */ (box.children[i].lastElementChild), value));
  }

  /** @param {number} row */
  _drawMetrics(row) {
    const metrics = Object.entries(this._page.store.metrics[row] ?? {});
    const list = byId("details-metrics");
    byId("details-measured").hidden = metrics.length === 0;
    while (list.children.length > metrics.length) list.lastElementChild?.remove();
    while (list.children.length < metrics.length) list.append(el("div", "", el("dt"), el("dd")));
    metrics.forEach(([name, { value, unit }], i) => {
      write(/** @type {Element} */ (list.children[i].firstElementChild), label(name));
      write(/** @type {Element} */ (list.children[i].lastElementChild), amount(value, unit ?? ""));
    });
  }
}

export class Markers {
  /** @param {Page} page */
  constructor(page) {
    this._page = page;
    this._shown = "";
    /** By what they tell: a line stays the same, for somebody may select it or have the focus in it. @type {Map<string, HTMLLIElement>} */
    this._items = new Map();
  }

  /** @param {number} now */
  draw(now) {
    const { store, selected } = this._page;
    const row = store.find(selected) ?? ALL;
    const shown = `${row},${store.key[row]},${store.values.started[row]},${store.markersSeen},${store.shape}`;
    if (shown === this._shown) return;
    this._shown = shown;
    this._list(row, now);
  }

  /** @param {number} row @param {number} now */
  _list(row, now) {
    const { store } = this._page;
    const found = store.markers.filter((marker) => row === ALL || store.isWithin(store.find(marker.task) ?? ALL, row));
    found.sort((a, b) => b.time - a.time);
    const shown = found.slice(0, MOST_MARKERS);
    write(byId("markers-count"), found.length ? number(found.length) : "");
    write(byId("markers-note"), found.length > shown.length ? `The newest ${number(shown.length)} of ${number(found.length)}${store.markers.length < MARKERS ? "" : " or more"}` : "");
    this._put(shown, row, now);
    byId("markers-none").hidden = found.length > 0;
    const task = store.key[row === ALL ? store.first[ALL] : row];
    write(byId("markers-sample"), JSON.stringify({ type: "marker", task, text: "half way" }));
  }

  /** Brings the list up to date without a touch of what stays. @param {Marker[]} shown @param {number} row @param {number} now */
  _put(shown, row, now) {
    const items = new Map();
    for (const marker of shown) {
      let id = JSON.stringify([marker.task, marker.time, marker.text]);
      while (items.has(id)) id += ", again";
      const item = this._items.get(id) ?? this._made(marker);
      this._fill(item, marker, row, now);
      items.set(id, item);
    }
    for (const [id, item] of this._items) if (!items.has(id)) item.remove();
    this._items = items;
    const list = byId("markers");
    let next = list.firstChild;
    for (const item of items.values()) {
      if (item === next) next = item.nextSibling;
      else list.insertBefore(item, next);
    }
  }

  /** @param {Marker} marker */
  _made({ task, time, text }) {
    const words = el("time", "", el("span"), el("span", "dim"));
    words.dateTime = new Date(time * 1000).toISOString();
    const button = el("button", "of", el("bdi"));
    button.addEventListener("click", () => {
      this._page.show(task);
      // Beside its own markers, a task has no such button; see above.
      byId("tree").focus();
    });
    return el("li", "", words, el("bdi", "text", text), button);
  }

  /** @param {HTMLLIElement} item @param {Marker} marker @param {number} row of the task whose markers they are @param {number} now */
  _fill(item, marker, row, now) {
    const { store } = this._page, task = store.find(marker.task) ?? ALL;
    const after = marker.time - store.values.started[row === ALL ? task : row], earlier = after < -SKEW;
    const [time, , button] = item.children;
    write(time.children[0], clock(marker.time, now));
    write(time.children[1], earlier ? " earlier" : after < LONGEST ? ` (+${duration(after)})` : "");
    item.classList.toggle("earlier", earlier);
    attribute(item, "title", earlier ? "From before the task's start: an earlier run" : null);
    attribute(button, "hidden", task === row || task === ALL ? "" : null);
    attribute(button, "title", plain(store.key[task]));
    write(button.children[0], label(store.name[task]));
  }
}

/** @param {Store} store @param {number} row @param {number} now @param {boolean} stale @returns {[string, string][]} */
function facts(store, row, now, stale) {
  const { values, texts } = store;
  const done = store.isDone(row);
  const left = leftWords(store, row, now, stale), quiet = quietFor(store, row, now) > 0;
  /** @type {[string, string | false][]} */
  const all = [
    ["status", statusWords(store, row, now, stale)],
    ["done", amountWords(store, row)],
    ["time left", !done && !stale && leftFact(left, quiet, texts.basis[row])],
    ["elapsed", known(elapsed(store, row, now), duration)],
    ["started", known(values.started[row], (time) => clock(time, now))],
    ["waited for the lock", known(waitedFor(store, row, now), duration)],
    ["stopped", known(values.stopped[row], (time) => clock(time, now))],
    ["paused for", values.paused[row] > 0 && spoken(values.paused[row])],
    ["rate", !done && known(values.rate[row], (rate) => pace(rate, texts.unit[row]))],
    ["expected", known(values.estimate[row], spoken)],
    ["CPU time", known(values.cpu[row], spoken)],
    ["weight", values.weight[row] !== 1 && number(values.weight[row])],
    ["host", texts.host[row]],
    ["process", known(values.pid[row], String)],
    ["thread", texts.thread[row]],
    ["tasks in it", store.hasChildren(row) && countWords(store, row)],
    ["children", store.parallel[row] === 1 && "side by side"],
    ["log lines", values.lines[row] > 0 && number(values.lines[row])],
  ];
  return /** @type {[string, string][]} */ (all.filter(([, value]) => value));
}

/** @param {string} left @param {boolean} quiet @param {string} basis */
function leftFact(left, quiet, basis) {
  if (left === "–") return quiet ? "unknown, it is quiet" : "estimating…";
  return basis ? `${left}, ${basis}` : left;
}

/** @param {number} value @param {(value: number) => string} words @returns {string} */
function known(value, words) {
  return isNaN(value) ? "" : words(value);
}

/** @param {Store} store @param {number} row @param {number} now @param {boolean} stale */
function statusWords(store, row, now, stale) {
  const quiet = stale ? 0 : quietFor(store, row, now);
  const pause = store.values.paused_at[row];
  if (!isNaN(pause) && !store.isDone(row)) return `paused since ${clock(pause, now)}`;
  const lost = store.values.lost[row];
  if (!isNaN(lost)) return `${STATUSES[store.status[row]]}, as far as known: no contact since ${clock(lost, now)}`;
  return STATUSES[store.status[row]] + (quiet ? `, quiet for ${roughly(quiet)}` : "");
}

/** @param {Store} store @param {number} row */
function countWords(store, row) {
  return STATUSES.map((word, i) => [store.counts[row * 6 + i], word])
    .filter(([n]) => n).map(([n, word]) => `${number(Number(n))} ${word}`).join(", ") || plural(0, "task");
}
