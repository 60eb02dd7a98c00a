// The empty page teaches: four ways to send the first record, ready to copy, with this daemon's own address.

import { byId, el, icon, write } from "./text.js";

/** @param {string} origin @returns {{title: string, note: string, code: string}[]} */
function lessons(origin) {
  return [
    {
      title: "Any shell, through curl", note: "One line of JSON is one record.",
      code: `report() { curl -H 'Content-Type: application/x-ndjson' \\
  --data "$1" ${origin}/records; }

report '{"type":"start","task":"backup","total":100}'
report '{"type":"update","task":"backup","done":40}'
report '{"type":"stop","task":"backup"}'`,
    },
    {
      title: "A file that is watched", note: "Start the daemon with --watch run.log, then append.",
      code: `echo '{"type":"start","task":"backup","total":100}' >> run.log
echo '{"type":"update","task":"backup","done":40}'   >> run.log
echo '{"type":"stop","task":"backup"}'               >> run.log`,
    },
    {
      title: "Python, nothing to install", note: "Dots in a key make the tree.",
      code: `import json, time, urllib.request

def report(**record):
    urllib.request.urlopen(urllib.request.Request(
        "${origin}/records",
        json.dumps(record).encode(),
        {"Content-Type": "application/x-ndjson"}))

report(type="start", task="backup.db", total=100)
for n in range(101):
    report(type="update", task="backup.db", done=n)
    time.sleep(0.1)
report(type="stop", task="backup.db")`,
    },
    {
      title: "Just looking?", note: "A simulated job, in a second daemon beside this one.",
      code: `progressd --demo --open --port 0 \\
  --store memory: --socket /tmp/progressd-demo.sock`,
    },
  ];
}

/** Fills the empty page; it is built once, and only if it is ever needed. */
export function teach() {
  const list = byId("lessons");
  if (list.firstChild) return;
  for (const { title, note, code } of lessons(location.origin)) {
    const sample = el("code", "", code);
    const block = el("pre", "", sample);
    block.tabIndex = 0;
    block.setAttribute("role", "region");
    block.setAttribute("aria-label", `Example: ${title}`);
    const words = el("span", "", "Copy");
    const button = el("button", "copy", icon("copy"), words);
    button.setAttribute("aria-label", `Copy: ${title}`);
    button.addEventListener("click", () => copy(sample, words));
    list.append(el("li", "", el("header", "", el("h3", "", title), button), el("p", "dim", note), block));
  }
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
