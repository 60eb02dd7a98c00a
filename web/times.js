// What the clocks of a task say at an instant: how long it took, what is left, since when it is quiet.

import { RUNNING } from "./store.js";
import { LONGEST } from "./text.js";

/** @typedef {import("./store.js").Store} Store */

/** Seconds without a word after which a running task is called quiet: most report far more often. */
const QUIET = 60;
/** Seconds for which a bar may grow by its rate on its own: two to three of the daemon's usual frames. */
const GROWTH_LIMIT = 2;
/** Only the producer says that something is complete. */
const GROWTH_TOP = 0.99;
/** How far it may run ahead: too little to be read as progress that was not reported. */
const GROWTH_MOST = 0.02;

/** Seconds of work so far, pauses left out; NaN before the start. @param {Store} store @param {number} row @param {number} now */
export function elapsed(store, row, now) {
  const { started, stopped, paused, paused_at } = store.values;
  const end = isNaN(stopped[row]) ? isNaN(paused_at[row]) ? now : paused_at[row] : stopped[row];
  return Math.max(0, end - started[row] - paused[row]);
}

/** Seconds to go, counted down to the steady end, negative when overdue; NaN when unknown. @param {Store} store @param {number} row @param {number} now */
export function secondsLeft(store, row, now) {
  const left = store.status[row] === RUNNING ? store.ends[row] - Math.max(now, store.at[row]) : store.values.seconds_left[row];
  return left > LONGEST ? NaN : left;
}

/**
 * How long nothing was heard from a running task, nor from anything in it; 0 while that is no news. What is left was
 * told before, so it is not counted on.
 * @param {Store} store @param {number} row @param {number} now
 */
export function quietFor(store, row, now) {
  if (store.status[row] !== RUNNING) return 0;
  const seconds = now - store.lately[row];
  return seconds > QUIET && store.lately[row] > 0 ? seconds : 0;
}

/**
 * The fraction, grown by the task's own rate for a moment, so that a bar moves between two frames. For the eye
 * only: every number that is shown is one that was reported.
 */
export function grownFraction(/** @type {Store} */ store, /** @type {number} */ row, /** @type {number} */ now) {
  const { fraction, rate, total } = store.values;
  const known = fraction[row];
  const grows = store.status[row] === RUNNING && !store.hasChildren(row) && rate[row] > 0 && total[row] > 0;
  if (!grows || known >= GROWTH_TOP) return known;
  const seconds = Math.min(GROWTH_LIMIT, Math.max(0, now - store.at[row]));
  return Math.min(GROWTH_TOP, known + Math.min(GROWTH_MOST, rate[row] * seconds / total[row]));
}
