// The empty page teaches: three ways to a first task, one line each with this daemon's own address, and a demo.

import { later } from "./panes.js";
import { byId, el, icon, write } from "./text.js";

/** @typedef {import("./main.js").Page} Page */

/** @param {string} origin @returns {{title: string, note: string, code: string}[]} */
function lessons(origin) {
  return [
    {
      title: "Wrap a command", note: "No change to the work: its output, its progress and its end are seen.",
      code: "progressd run -- make -j8",
    },
    {
      title: "Python", note: "The client needs no other package, and does nothing where no daemon is.",
      code: "from progressd_client import track\n\nfor item in track(range(500), \"first steps\"):\n    ...",
    },
    {
      title: "curl, or anything that can POST", note: "One line of JSON is one record; dots in a key make the tree.",
      code: `curl -H 'Content-Type: application/json' -d '{"type":"update","task":"backup.db","done":40,"total":100}' ${origin}/records`,
    },
  ];
}

/** Fills the empty page; it is built once, and only if it is ever needed. @param {Page} page */
export function teach(page) {
  const list = byId("lessons");
  if (list.firstChild) return;
  const blocks = lessons(location.origin).map(lesson);
  const tabs = lessons(location.origin).map(({ title }, i) => {
    const tab = el("button", "", title);
    tab.setAttribute("role", "tab");
    tab.id = `lesson-${i}`;
    tab.setAttribute("aria-controls", `lesson-${i}-text`);
    tab.addEventListener("click", () => choose(tabs, blocks, i));
    tab.addEventListener("keydown", (event) => {
      const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      if (!step) return;
      const next = (i + step + tabs.length) % tabs.length;
      choose(tabs, blocks, next);
      tabs[next].focus();
    });
    return tab;
  });
  const row = el("div", "lessons-tabs", ...tabs);
  row.setAttribute("role", "tablist");
  row.setAttribute("aria-label", "Ways to a first task");
  const button = el("button", "demo", icon("running"), " Show me a demo");
  button.addEventListener("click", async () => (await later("demo", () => import("./demo.js"))).play(page));
  list.append(row, ...blocks, el("p", "dim demo-line", button, " a simulated job, in this browser alone"));
  choose(tabs, blocks, 0);
}

/** @param {HTMLElement[]} tabs @param {HTMLElement[]} blocks @param {number} chosen */
function choose(tabs, blocks, chosen) {
  tabs.forEach((tab, i) => {
    tab.setAttribute("aria-selected", String(i === chosen));
    tab.tabIndex = i === chosen ? 0 : -1;
  });
  blocks.forEach((block, i) => { block.hidden = i !== chosen; });
}

/** @param {{title: string, note: string, code: string}} what @param {number} i */
function lesson({ title, note, code }, i) {
  const sample = el("code", "", code), words = el("span", "", "Copy");
  const button = el("button", "copy", icon("copy"), words);
  button.setAttribute("aria-label", `Copy: ${title}`);
  button.addEventListener("click", () => copy(sample, words));
  const block = el("div", "lesson", el("header", "", el("p", "dim", note), button), el("pre", "", sample));
  block.id = `lesson-${i}-text`;
  block.setAttribute("role", "tabpanel");
  block.setAttribute("aria-labelledby", `lesson-${i}`);
  block.tabIndex = 0;
  return block;
}

/** @param {HTMLElement} sample @param {HTMLElement} words the button's, which say what came of it */
async function copy(sample, words) {
  try {
    // Absent on plain http from another machine; then the text is selected, for the keyboard to copy.
    await navigator.clipboard.writeText(sample.textContent ?? "");
    write(words, "Copied");
  } catch {
    getSelection()?.selectAllChildren(sample);
    write(words, "Selected, press Ctrl+C");
  }
  setTimeout(() => write(words, "Copy"), 3000);
}
