// The critical path: of all that ran side by side, what the end had to wait for.

import { ALL } from "./store.js";

/**
 * @typedef {import("./store.js").Store} Store
 * @typedef {import("./lanes.js").Lanes} Lanes
 */

/** Of a span, and in seconds: what starts so little before another ends may have waited for it, by clocks that tick apart. */
const SHARE = 0.01, SKEW = 1e-3;

/**
 * In each task the child that ended last, the one that ended last before that began, and so on to the start; and so in each of those.
 * What runs ends now. @param {Store} store @param {Lanes} lanes @param {number} root row, or ALL @param {number} now @returns {Set<number>} rows
 */
export function criticalPath(store, lanes, root, now) {
  const path = /** @type {Set<number>} */ (new Set()), pending = root === ALL ? childrenOf(store, ALL) : [root];
  for (let task = pending.pop(); task !== undefined; task = pending.pop()) {
    if (lanes.trackOf(task)) path.add(task);
    let until = Infinity;
    const begun = childrenOf(store, task).filter((row) => lanes.trackOf(row)).map((row) => ({ row, start: lanes.starts[row], end: lanes.end(row, now) }));
    for (const { row, start, end } of begun.sort((a, b) => b.end - a.end || b.start - a.start)) {
      if (end > until + Math.max(SKEW, SHARE * (end - start))) continue;
      pending.push(row);
      until = start;
    }
  }
  return path;
}

/** @param {Store} store @param {number} parent */
function childrenOf(store, parent) {
  const rows = [];
  for (let row = store.first[parent]; row >= 0; row = store.next[row]) rows.push(row);
  return rows;
}
