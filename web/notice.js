// "Tell me when it is done": one notification at the end of a root, one at its first failure, one if it is late or was too
// fast, for who asked.

import { subject } from "./answer.js";
import { unusual } from "./columns.js";
import { FAILED, FINISHED } from "./store.js";
import { attribute, byId, plain, spoken, write } from "./text.js";

/** @typedef {import("./main.js").Page} Page */

/** Where the browser keeps which roots are asked for. */
const STORED = "progressd.notify";
/** Milliseconds between two changes of the title that wants to be seen. */
const FLASH_MS = 1000;

export class Notice {
  /** @param {Page} page */
  constructor(page) {
    this._page = page;
    this._asked = new Set(load());
    /** @type {Map<string, {status: number, failed: number, notice: number}>} */
    this._before = new Map();
    // Another tab may have been asked.
    addEventListener("storage", ({ key }) => {
      if (key !== STORED) return;
      this._asked = new Set(load());
      this.look();
    });
    byId("notify").addEventListener("click", () => this._toggle());
    byId("notify-close").addEventListener("click", () => dialog().close());
  }

  /** Called for messages, not for frames: a hidden tab has no frames. */
  look() {
    const { store } = this._page, about = subject(store, this._page.selected, this._page.now());
    const key = about?.row == null ? "" : store.key[about.row];
    attribute(byId("notify"), "aria-pressed", String(this._asked.has(key)));
    byId("notify").hidden = key === "" && !this._asked.has(key);
    for (const root of this._asked) this._check(root);
  }

  /** @param {string} root */
  _check(root) {
    const { store } = this._page, row = store.find(root);
    if (row === undefined) return;
    const status = store.status[row], failed = store.counts[row * 6 + FAILED] + (status === FAILED ? 1 : 0);
    const notice = unusual(store, row), before = this._before.get(root);
    this._before.set(root, { status, failed, notice: notice?.time ?? before?.notice ?? 0 });
    if (!before) return;
    const name = plain(store.name[row]), took = spoken(store.values.stopped[row] - store.values.started[row]);
    if (status >= FINISHED && before.status < FINISHED) {
      const words = status === FINISHED ? `finished in ${took}` : status === FAILED ? `failed after ${took}` : `canceled after ${took}`;
      this._tell(root, `${name} ${words}${failed ? `, ${failed} failed` : ""}`);
    } else if (failed && !before.failed) this._tell(root, `First failure in ${name}`);
    if (notice && notice.time > before.notice) this._tell(root, `${name}: ${plain(notice.text)}`);
  }

  /** Tabs of one browser share the tag: it is told once. @param {string} root @param {string} words */
  _tell(root, words) {
    if (!canNotify() || Notification.permission !== "granted") return flash(words);
    try {
      const notification = new Notification("progressd", { body: words, tag: `progressd ${root}` });
      notification.onclick = () => {
        focus();
        this._page.show(root);
      };
    } catch {
      // On phones only a service worker may.
      flash(words);
    }
  }

  async _toggle() {
    const { store } = this._page, about = subject(store, this._page.selected, this._page.now());
    if (about?.row == null) return;
    const key = store.key[about.row];
    if (!this._asked.delete(key)) {
      this._asked.add(key);
      // At once: the browser may ask for as long as somebody thinks about it.
      save([...this._asked]);
      const granted = canNotify() && await Notification.requestPermission() === "granted";
      if (!granted) {
        write(byId("notify-words"), canNotify()
          ? "The browser does not allow notifications for this page; allow them in its settings. Until then the tab's title tells."
          : "Browsers allow notifications on https and on localhost only. Here the tab's title will tell, and its icon.");
        dialog().showModal();
      }
    }
    save([...this._asked]);
    this._page.draw();
    this.look();
  }
}

const dialog = () => /** @type {HTMLDialogElement} */ (byId("notify-dialog"));

const canNotify = () => "Notification" in globalThis && isSecureContext;

/** The title says it until somebody looks. @param {string} words */
function flash(words) {
  if (!document.hidden) return;
  let on = false;
  const timer = setInterval(() => {
    on = !on;
    document.title = on ? `● ${words}` : words;
    if (document.hidden) return;
    clearInterval(timer);
  }, FLASH_MS);
}

/** @returns {string[]} */
function load() {
  try {
    const stored = JSON.parse(localStorage.getItem(STORED) ?? "[]");
    return Array.isArray(stored) ? stored.map(String) : [];
  } catch {
    return [];
  }
}

/** @param {string[]} roots */
function save(roots) {
  try {
    localStorage.setItem(STORED, JSON.stringify(roots));
  } catch { /* storage may be forbidden; then it lasts as long as the page */ }
}
