// What somebody looks at, and how: it lives in the address alone, so a link, a reload and a pinned tab show the same.

/** What the address may hold, by its short names there; all are texts, and "" is what a plain address means. */
const NAMES = /** @type {const} */ ({
  selected: "sel", // a task's key
  root: "root", // the key of the task that the tree is narrowed to
  query: "q", // see filter.js
  hide: "hide", // "finished"
  sort: "sort", // "failures" first, or as they "start"; "" is as they start, on a phone failures first
  follow: "follow", // "1": the selection goes with what runs
  window: "t", // of time, such as -30m..now or two Unix times; "" is all of it
  tab: "tab", // in the panel: "log", "series", "markers"; "" for what has most to show
  station: "station", // whose series are shown; "" for the selected task's
  pane: "pane", // in front where there is room for one: "" for the tree, "timeline", "task"
  ghost: "ghost", // the earlier run that is laid beside: "last", or the Unix time of its start
  path: "path", // "1": the critical path stands out on it
  past: "past", // "1": earlier runs too are on the timeline
  kiosk: "kiosk", // "1": the answer alone, for a wall
  mini: "mini", // "1": the same in a small window
  embed: "embed", // "1": in a frame of another page, without what is not the answer
});

/** @typedef {keyof typeof NAMES} Field */

/** Below this width there is room for one pane; style.css has the same number. */
export const NARROW = matchMedia("(max-width: 699px)");
/** Milliseconds until an address is written that the browser refused: it allows some hundred in half a minute, and a drag writes more. */
const AGAIN = 1000;

export class View {
  /** @param {() => void} changed called after every change, also by the browser's buttons */
  constructor(changed) {
    this._changed = changed;
    /** @type {Record<Field, string>} */
    this._texts = read();
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this._timer = undefined;
    addEventListener("popstate", () => {
      clearTimeout(this._timer);
      this._texts = read();
      changed();
    });
  }

  /** @param {Field} field */
  get(field) {
    return this._texts[field];
  }

  /** On a phone, what failed or runs would stand far below what was over long ago. */
  get failuresFirst() {
    return this._texts.sort === "failures" || (this._texts.sort === "" && NARROW.matches);
  }

  toggleFailures() {
    const first = !this.failuresFirst;
    this.put({ sort: first === NARROW.matches ? "" : first ? "failures" : "start" });
  }

  /**
   * Changes the view, and the address with it.
   * @param {Partial<Record<Field, string>>} texts @param {boolean} lasting a step that the back button undoes
   */
  put(texts, lasting = false) {
    const before = address(this._texts), task = this._texts.selected;
    Object.assign(this._texts, texts);
    const after = address(this._texts);
    if (after === before) return;
    // What stands behind "#" is a line of the selected task's log.
    const line = task === this._texts.selected ? location.hash : "";
    this._write(after + line, lasting);
    this._changed();
  }

  /** @param {string} to @param {boolean} lasting */
  _write(to, lasting) {
    clearTimeout(this._timer);
    try {
      if (lasting) history.pushState(null, "", to);
      else history.replaceState(null, "", to);
    } catch {
      this._timer = setTimeout(() => this._write(to, lasting), AGAIN);
    }
  }

  /** @param {Field} field @param {string} on what it is switched to, or back from */
  toggle(field, on) {
    this.put({ [field]: this.get(field) === on ? "" : on });
  }
}

/** @returns {Record<Field, string>} */
function read() {
  const query = new URLSearchParams(location.search);
  const texts = Object.entries(NAMES).map(([field, name]) => [field, query.get(name) ?? ""]);
  return /** @type {Record<Field, string>} */ (Object.fromEntries(texts));
}

/** @param {Record<Field, string>} texts */
function address(texts) {
  // What the address holds beside the view belongs to somebody else, and stays.
  const query = new URLSearchParams(location.search);
  for (const [field, name] of Object.entries(NAMES)) {
    const text = texts[/** @type {Field} */ (field)];
    if (text) query.set(name, text);
    else query.delete(name);
  }
  return query.size ? `?${query}` : location.pathname;
}
