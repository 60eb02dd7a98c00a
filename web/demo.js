// A job that is only played, in this browser alone: for who wants to look before anything runs.

import { ALL } from "./store.js";
import { byId, el } from "./text.js";

/**
 * @typedef {import("./main.js").Page} Page
 * @typedef {import("./stream.js").View} View
 * @typedef {{key: string, name: string, weight: number, from: number, to: number, total: number, unit: string, thread: string}} Leaf
 */

const STEP_MS = 200;
/** The task that fails, and when, in seconds from the beginning. */
const FAILS = "demo.test.billing", FAILS_AT = 27;
const LENGTH = 48;

/** Begins at once; ends when somebody stops it, or when a real task comes. @param {Page} page */
export function play(page) {
  const leaves = script(), begun = page.now();
  const stop = el("button", "chip warn", "Demo: simulated in this browser. Stop");
  byId("link").after(stop);
  const timer = setInterval(() => {
    const now = page.now();
    const { store } = page, first = store.first[ALL];
    if (store.size && (store.key[first] !== "demo" || store.next[first] >= 0)) end();
    else page.play({ now, revision: 0, tasks: views(leaves, begun, now), markers: markers(begun, now) });
  }, STEP_MS);
  const end = () => {
    clearInterval(timer);
    stop.remove();
    page.play({ now: page.now(), revision: 0, removed: ["demo"] });
  };
  stop.addEventListener("click", end);
}

/** @returns {Leaf[]} */
function script() {
  /** @type {[string, number, number, number, number, string, string][]} */
  const lines = [
    ["fetch.sources", 2, 0, 5, 24, "repositories", "main"], ["fetch.assets", 1, 1, 8, 900, "files", "main"],
    ["compile.core", 6, 8, 19, 140, "objects", "worker-1"], ["compile.net", 4, 8, 16, 90, "objects", "worker-2"],
    ["compile.page", 3, 16, 23, 60, "objects", "worker-2"], ["test.api", 5, 23, 36, 108, "cases", "runner-1"],
    ["test.billing", 4, 23, 40, 84, "cases", "runner-2"], ["test.search", 4, 24, 38, 132, "cases", "runner-3"],
    ["ship.package", 2, 40, 44, 5, "packages", "main"], ["ship.upload", 2, 44, LENGTH, 64, "MB", "main"],
  ];
  return lines.map(([key, weight, from, to, total, unit, thread]) =>
    ({ key: `demo.${key}`, name: key.slice(key.indexOf(".") + 1), weight, from, to, total, unit, thread }));
}

/** @param {Leaf[]} leaves @param {number} begun @param {number} now @returns {View[]} parents first */
function views(leaves, begun, now) {
  const at = now - begun;
  const shown = leaves.map((leaf) => view(leaf, begun, at));
  const stages = [...new Set(leaves.map(({ key }) => key.slice(0, key.lastIndexOf("."))))];
  const parents = ["demo", ...stages].map((key) => above(key, shown.filter((each) => each.key.startsWith(`${key}.`)), begun, at));
  return [...parents, ...shown];
}

/** @param {Leaf} leaf @param {number} begun @param {number} at @returns {View & {weight: number}} */
function view({ key, name, weight, from, to, total, unit, thread }, begun, at) {
  const failed = key === FAILS && at >= FAILS_AT, end = failed ? FAILS_AT : to;
  const fraction = Math.min(1, Math.max(0, (Math.min(at, end) - from) / (to - from)));
  const status = at < from ? "waiting" : failed ? "failed" : at >= to ? "finished" : "running";
  const parent = key.slice(0, key.lastIndexOf("."));
  return {
    key, name, parent, weight, status, fraction, done: Math.floor(fraction * total), total, unit, thread, heard: begun + at,
    started: at < from ? null : begun + from, stopped: at < end ? null : begun + end,
    rate: total / (to - from), seconds_left: status === "running" ? to - at : null,
    message: failed ? "1 of 84 cases failed: refund of a voided order" : null,
  };
}

/** @param {string} key @param {(View & {weight: number})[]} leaves @param {number} begun @param {number} at @returns {View} */
function above(key, leaves, begun, at) {
  const weights = leaves.reduce((sum, leaf) => sum + leaf.weight, 0);
  /** @param {(status: string) => boolean} wanted */
  const share = (wanted) => leaves.reduce((sum, leaf) => sum + (wanted(leaf.status ?? "") ? leaf.weight * (leaf.fraction ?? 0) : 0), 0) / weights;
  /** @param {string} status */
  const count = (status) => leaves.filter((leaf) => leaf.status === status).length;
  const counts = ["waiting", "running", "paused", "finished", "failed", "canceled"].map(count);
  const over = counts[0] + counts[1] === 0, starts = leaves.map((leaf) => leaf.started ?? Infinity), ends = leaves.map((leaf) => leaf.stopped ?? 0);
  const status = over ? counts[4] ? "failed" : "finished" : counts[0] === leaves.length ? "waiting" : "running";
  return {
    key, name: key === "demo" ? "a nightly build" : key.slice(5), parent: key === "demo" ? null : "demo", status, counts,
    fraction: share(() => true), shares: [share((s) => s === "finished"), share((s) => s === "running"), share((s) => s === "failed")],
    started: status === "waiting" ? null : Math.min(...starts), stopped: over ? Math.max(...ends) : null, heard: begun + at,
    seconds_left: key === "demo" && !over ? Math.max(0, LENGTH - at) : null, basis: "simulated",
  };
}

/** @param {number} begun @param {number} now */
function markers(begun, now) {
  const passed = (/** @type {number} */ at) => now - begun >= at && now - begun < at + STEP_MS / 1000;
  return passed(8) ? [{ task: "demo", time: begun + 8, text: "sources are complete" }] : [];
}
