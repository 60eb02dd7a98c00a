// Which part of the tree is shown: the filter, the buttons beside it, and the trail to the root.

import { later } from "./panes.js";
import { ALL } from "./store.js";
import { attribute, byId, el, label, number, plain, write } from "./text.js";

/**
 * @typedef {import("./main.js").Page} Page
 * @typedef {import("./tree.js").Tree} Tree
 */

/** Milliseconds between two looks at what matches while tasks come and go. */
const AGAIN = 500;
/** And seconds in any case: times, progress and messages go on without that. */
const ANYWAY = 2;

export class Tools {
  /** @param {Page} page @param {Tree} tree */
  constructor(page, tree) {
    this._page = page;
    this._tree = tree;
    this._input = /** @type {HTMLInputElement} */ (byId("filter"));
    this._input.value = page.view.get("query");
    this._query = "";
    this._seen = "";
    this._looked = -Infinity;
    /** @type {import("./follow.js").Follow | null} */
    this._follow = null;
    this._trail = "";
    this._input.addEventListener("input", () => page.view.put({ query: this._input.value }));
    this._input.addEventListener("keydown", (event) => { if (event.key === "Escape") this._leave(event); });
    byId("hide").addEventListener("click", () => page.view.toggle("hide", "finished"));
    byId("failures").addEventListener("click", () => page.view.toggleFailures());
    byId("follow").addEventListener("click", () => page.view.toggle("follow", "1"));
  }

  focus() {
    this._input.focus();
    this._input.select();
  }

  /** Narrows the tree to a task, or with null to the one above. @param {string | null} key */
  drill(key) {
    const { store, view } = this._page;
    const root = store.find(view.get("root"));
    const above = root === undefined ? ALL : store.parent[root];
    view.put({ root: key ?? store.key[above] }, true);
  }

  /** @param {number} now */
  draw(now) {
    const { view, hideFinished } = this._page;
    if (this._input !== document.activeElement) this._input.value = view.get("query");
    attribute(byId("hide"), "aria-pressed", String(hideFinished));
    attribute(byId("failures"), "aria-pressed", String(view.failuresFirst));
    attribute(byId("follow"), "aria-pressed", String(view.get("follow") === "1"));
    this._drawTrail();
    this._filter(now);
    this._drawFollow();
  }

  /** What the filter lets through is looked for again as tasks change, but not at every frame. @param {number} now */
  async _filter(now) {
    const { view, store } = this._page, query = view.get("query").trim();
    const seen = `${query},${store.shape},${store.turns},${query && Math.floor(now / ANYWAY)}`, time = performance.now();
    if (seen === this._seen || (query === this._query && time - this._looked < AGAIN)) return;
    this._seen = seen;
    this._query = query;
    this._looked = time;
    const filter = query ? await later("filter", () => import("./filter.js")) : null;
    if (query !== this._query) return;
    const found = filter?.matching(query, store, now);
    this._tree.matches = found?.matches ?? null;
    this._tree.filtered++;
    write(byId("filter-count"), found ? `${number(found.count)} of ${number(store.size)}` : "");
    this._page.draw();
  }

  async _drawFollow() {
    if (this._page.view.get("follow") === "1") {
      const { Follow } = await later("follow", () => import("./follow.js"));
      if (this._page.view.get("follow") !== "1") return;
      this._follow ??= new Follow(this._page, this._tree);
      this._follow.draw();
    } else {
      this._follow?.end();
      this._follow = null;
    }
  }

  _drawTrail() {
    const { store, view } = this._page;
    const root = store.find(view.get("root")) ?? ALL, path = [];
    for (let row = root; row !== ALL; row = store.parent[row]) path.unshift(row);
    const trail = path.map((row) => store.key[row]).join("\n");
    byId("trail").hidden = root === ALL;
    if (trail === this._trail) return;
    this._trail = trail;
    byId("trail").replaceChildren(...[ALL, ...path].flatMap((row, i) => [i ? " › " : "", this._stop(row, row === root)]));
  }

  /** @param {number} row @param {boolean} last */
  _stop(row, last) {
    const { store } = this._page;
    const words = row === ALL ? "all tasks" : label(store.name[row]);
    if (last) return el("bdi", "", words);
    const button = el("button", "", el("bdi", "", words));
    button.title = plain(words);
    button.addEventListener("click", () => {
      this._page.view.put({ root: store.key[row] }, true);
      byId("tree").focus();
    });
    return button;
  }

  /** @param {KeyboardEvent} event */
  _leave(event) {
    event.preventDefault();
    this._page.view.put({ query: "" });
    this._input.value = "";
    byId("tree").focus();
  }
}
