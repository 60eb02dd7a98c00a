// Single keys for everything that a pointer can do, and the dialog that lists them.

import { byId, el } from "./text.js";

/**
 * @typedef {{keys: string, words: string, act?: () => void, when?: () => boolean}} Shortcut
 *   keys: as `KeyboardEvent.key` says it, with blanks between; without `act` it is only told of
 */

/** Where keys are text, or the browser's own. */
const TYPING = "input, textarea, select, [contenteditable]";

export class Keys {
  /** @param {Record<string, Shortcut[]>} groups by their headings in the dialog */
  constructor(groups) {
    this._groups = groups;
    /** @type {Map<string, Shortcut>} */
    this._table = new Map();
    for (const shortcut of Object.values(groups).flat()) {
      for (const key of shortcut.act ? shortcut.keys.split(" ") : []) this._table.set(key, shortcut);
    }
    addEventListener("keydown", (event) => this._press(event));
    byId("help").addEventListener("click", () => this.show());
    byId("keys-close").addEventListener("click", () => dialog().close());
  }

  /** Opens the list of keys. */
  show() {
    const list = byId("keys-list");
    if (!list.firstChild) list.append(...Object.entries(this._groups).map(([heading, shortcuts]) => section(heading, shortcuts)));
    dialog().showModal();
  }

  /** @param {KeyboardEvent} event */
  _press(event) {
    if (event.altKey || event.ctrlKey || event.metaKey || event.defaultPrevented) return;
    const target = /** @type {Element} */ (event.target);
    if (target.closest?.(TYPING) || document.querySelector("dialog[open]")) return;
    const shortcut = this._table.get(event.key);
    if (!shortcut?.act || shortcut.when?.() === false) return;
    event.preventDefault();
    shortcut.act();
  }
}

const dialog = () => /** @type {HTMLDialogElement} */ (byId("keys-dialog"));

/** @param {string} heading @param {Shortcut[]} shortcuts */
function section(heading, shortcuts) {
  const rows = shortcuts.map(({ keys, words }) =>
    el("div", "", el("dt", "", ...keys.split(" ").flatMap((key) => [el("kbd", "", key), " "])), el("dd", "", words)));
  return el("section", "", el("h3", "", heading), el("dl", "facts", ...rows));
}
