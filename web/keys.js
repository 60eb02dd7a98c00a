// Single keys for everything that a pointer can do, and the dialog that lists them.

import { FAILED, RUNNING } from "./store.js";
import { byId, el, TYPING } from "./text.js";

/**
 * @typedef {import("./main.js").Page} Page
 * @typedef {{keys: string, words: string, act?: () => void, stays?: boolean}} Shortcut
 *   keys: as `KeyboardEvent.key` says it, with blanks between; without `act` it is only told of; stays: a single key that
 *   cannot be switched off, and need not, for it acts only on what has the focus
 */

/** What is typed, as against arrows. */
const CHARACTER = /^[!-~]$/u;
/** Where the browser keeps that single keys are switched off. */
const STORED = "progressd.keys", OFF = "off";

let areOn = load();

/**
 * Whether a key may act. A character by itself can be switched off (WCAG 2.1.4): who dictates says many, and an unsteady
 * hand hits some. The blank stays, as the key that presses what has the focus.
 * @param {string} key
 */
export const acts = (key) => areOn || key.length > 1 || key === " ";

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
    "Which tasks": [
      key("/", "filter", () => tools.focus()),
      key("f", "follow what runs", () => view.toggle("follow", "1")),
      key("h", "hide what is finished", () => view.toggle("hide", "finished")),
      key("s", "failures first (in the timeline s zooms out)", () => view.toggleFailures()),
    ],
    "Show": [
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
      { keys: "Enter", words: "select; open those that make one line" },
    ],
    "In the timeline, while it has the focus": [
      { keys: "w s", words: "zoom in, zoom out (elsewhere s is failures first)", stays: true },
      { keys: "a d", words: "move", stays: true },
      { keys: "0 l", words: "all of it, the newest of it", stays: true },
      { keys: "x", words: "the critical path: what the end had to wait for", stays: true },
      { keys: "e", words: "earlier runs as well", stays: true },
      { keys: "m", words: "measure; or drag with Shift held", stays: true },
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
    byId("keys-close").addEventListener("click", () => dialog().close());
    single().addEventListener("change", () => save(single().checked));
    // Another tab may have switched them.
    addEventListener("storage", ({ key }) => { if (key === STORED) mark(load()); });
    mark(areOn);
  }

  /** @param {KeyboardEvent} event */
  _press(event) {
    if (event.altKey || event.ctrlKey || event.metaKey || event.defaultPrevented || !acts(event.key)) return;
    const target = /** @type {Element} */ (event.target);
    if (target.closest?.(TYPING) || document.querySelector("dialog[open]")) return;
    const shortcut = this._table.get(event.key);
    if (!shortcut?.act) return;
    event.preventDefault();
    shortcut.act();
  }
}

const dialog = () => /** @type {HTMLDialogElement} */ (byId("keys-dialog"));
const single = () => /** @type {HTMLInputElement} */ (byId("keys-single"));

/** Takes over whether single keys act, also in what the dialog says. @param {boolean} on */
function mark(on) {
  areOn = single().checked = on;
  dialog().classList.toggle("off", !on);
}

/** @param {boolean} on */
function save(on) {
  mark(on);
  try {
    if (on) localStorage.removeItem(STORED);
    else localStorage.setItem(STORED, OFF);
  } catch { /* storage may be forbidden; then it lasts as long as the page */ }
}

function load() {
  try {
    return localStorage.getItem(STORED) !== OFF;
  } catch {
    return true;
  }
}

/** Opens the list of keys. @param {Page} page */
export function show(page) {
  if (dialog().open) return;
  const list = byId("keys-list");
  if (!list.firstChild) list.append(...Object.entries(shortcuts(page)).map(([heading, group]) => section(heading, group)));
  dialog().showModal();
}

/** @param {string} heading @param {Shortcut[]} group */
function section(heading, group) {
  const rows = group.map(({ keys, words, stays }) => {
    const cap = (/** @type {string} */ key) => el("kbd", !stays && CHARACTER.test(key) ? "single" : "", key);
    return el("div", "", el("dt", "", ...keys.split(" ").flatMap((key) => [cap(key), " "])), el("dd", "", words));
  });
  return el("section", "", el("h3", "", heading), el("dl", "facts", ...rows));
}
