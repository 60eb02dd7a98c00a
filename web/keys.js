// Single keys for everything that a pointer can do, and the dialog that lists them.

import { FAILED, RUNNING } from "./store.js";
import { byId, el } from "./text.js";

/**
 * @typedef {import("./main.js").Page} Page
 * @typedef {{keys: string, words: string, act?: () => void}} Shortcut
 *   keys: as `KeyboardEvent.key` says it, with blanks between; without `act` it is only told of
 */

/** Where keys are text, or the browser's own. */
const TYPING = "input, textarea, select, [contenteditable]";

/** @param {Page} page @returns {Record<string, Shortcut[]>} by the headings in the dialog */
function shortcuts(page) {
  const { view, tools } = page;
  const key = (/** @type {string} */ keys, /** @type {string} */ words, /** @type {() => void} */ act) => ({ keys, words, act });
  return {
    "Go": [
      key("n", "next failed task", () => page.seek(FAILED)),
      key("N", "failed task before", () => page.seek(FAILED, true)),
      key("r", "next running task", () => page.seek(RUNNING)),
      key(".", "narrow the tree to the selected task", () => { if (page.selected) tools.drill(page.selected); }),
      key("Backspace", "widen it again", () => tools.drill(null)),
      key("Escape", "select nothing", () => page.select(null)),
    ],
    "Show": [
      key("/", "filter", () => tools.focus()),
      key("f", "follow what runs", () => view.toggle("follow", "1")),
      key("h", "hide what is finished", () => view.toggle("hide", "finished")),
      key("s", "failures first", () => view.toggle("sort", "failures")),
      key("c", "the run before beside this one", () => page.ghost?.toggle()),
      key("k", "the answer alone, for a wall", () => view.toggle("kiosk", "1")),
      key("p", "a small window on top", () => page.popOut()),
      key("b", "tell me when it is done", () => byId("notify").click()),
      key("?", "these keys", () => show(page)),
    ],
    "In the tree": [
      { keys: "↑ ↓ PgUp PgDn Home End", words: "go" },
      { keys: "→ ←", words: "open and go in, close and go out" },
      { keys: "* -", words: "open or close this one and its siblings" },
      { keys: "+", words: "open all that is in it" },
      { keys: "Enter", words: "select" },
    ],
    "In the timeline": [
      { keys: "w s", words: "zoom" },
      { keys: "a d", words: "move" },
      { keys: "0 l", words: "all of it, the newest of it" },
      { keys: "e", words: "earlier runs as well" },
      { keys: "m", words: "measure; or drag with Shift held" },
    ],
  };
}

export class Keys {
  /** @param {Page} page */
  constructor(page) {
    /** @type {Map<string, Shortcut>} */
    this._table = new Map();
    for (const shortcut of Object.values(shortcuts(page)).flat()) {
      for (const key of shortcut.act ? shortcut.keys.split(" ") : []) this._table.set(key, shortcut);
    }
    addEventListener("keydown", (event) => this._press(event));
    byId("help").addEventListener("click", () => show(page));
    byId("keys-close").addEventListener("click", () => dialog().close());
  }

  /** @param {KeyboardEvent} event */
  _press(event) {
    if (event.altKey || event.ctrlKey || event.metaKey || event.defaultPrevented) return;
    const target = /** @type {Element} */ (event.target);
    if (target.closest?.(TYPING) || document.querySelector("dialog[open]")) return;
    const shortcut = this._table.get(event.key);
    if (!shortcut?.act) return;
    event.preventDefault();
    shortcut.act();
  }
}

const dialog = () => /** @type {HTMLDialogElement} */ (byId("keys-dialog"));

/** Opens the list of keys. @param {Page} page */
function show(page) {
  const list = byId("keys-list");
  if (!list.firstChild) list.append(...Object.entries(shortcuts(page)).map(([heading, group]) => section(heading, group)));
  dialog().showModal();
}

/** @param {string} heading @param {Shortcut[]} group */
function section(heading, group) {
  const rows = group.map(({ keys, words }) =>
    el("div", "", el("dt", "", ...keys.split(" ").flatMap((key) => [el("kbd", "", key), " "])), el("dd", "", words)));
  return el("section", "", el("h3", "", heading), el("dl", "facts", ...rows));
}
