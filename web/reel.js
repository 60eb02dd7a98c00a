// Where lines stand that are too many for a browser's scroll bar: their places in all, and in the body that scrolls.
//
// Up to a height the two are one. Beyond it a wheel, a key or a finger still moves by as much as ever, and only a leap (the
// bar is dragged, Home, End) goes in proportion; so the bar comes to stand elsewhere than it should, and is put right at rest.

/**
 * Pixels of the highest body. Chromium's highest element has 33.5 million, Firefox's 17.9; and single-precision numbers,
 * by which the screen is put together, tell a pixel from the next up to 16.7.
 */
const HIGHEST = 15_000_000;
/** Pixels at both ends where the bar moves by as much as the lines, so that it gets to the very end with them. */
const EDGE = 1_000_000;
/** A step of more views than this is a leap: Page Down and the fastest wheel make fewer. */
const LEAP = 4;
/** Milliseconds after the last step until the bar is put right. */
const REST = 200;

export class Reel {
  /** @param {HTMLElement} box what scrolls @param {HTMLElement} body in it, as high as its lines or as it may be */
  constructor(box, body) {
    this._box = box;
    this._body = body;
    this._height = 0;
    /** Pixels by which the lines are higher than the body. */
    this._over = 0;
    this._top = 0;
    /** Where the bar was seen last. */
    this._bar = 0;
    this._leaps = false;
    /** What is hidden cannot be scrolled. */
    this._waits = false;
    this._moved = -Infinity;
    box.addEventListener("scroll", () => this._scrolled(), { passive: true });
  }

  /** Pixels from the first line to the upper edge of what is seen. */
  get top() {
    return this._over ? this._top : this._box.scrollTop;
  }

  /** The largest that `top` can be. */
  get end() {
    return this._box.scrollHeight - this._box.clientHeight + this._over;
  }

  /** Pixels by which each line stands higher in the body than in all. */
  get shift() {
    return this._over ? this._top - this._bar : 0;
  }

  /** @param {number} height of all lines, in pixels */
  resize(height) {
    if (height === this._height) return;
    const top = this._waits ? this._top : this.top, over = Math.max(0, height - HIGHEST), turns = over > 0 !== this._over > 0;
    this._height = height;
    this._over = over;
    this._body.style.height = `${height - over}px`;
    if (!turns) return;
    this._top = top;
    this.goTo(top);
  }

  /** At once, or as soon as it is seen. @param {number} top beyond the end is the end */
  goTo(top) {
    const { end } = this;
    this._waits = this._box.clientHeight === 0;
    this._top = Math.max(0, this._waits ? top : Math.min(end, top));
    if (this._waits) return;
    this._box.scrollTop = scaled(this._top, end, end - this._over);
    this._bar = this._box.scrollTop;
    this._leaps = false;
  }

  /** Puts the bar where it belongs, unless somebody is about to move it; to be called before drawing. */
  settle() {
    if (this._waits) this.goTo(this._top);
    if (!this._over || this._waits) return;
    const { end } = this;
    if (this._top > end) return this.goTo(end);
    const ends = end - this._over, resting = performance.now() - this._moved > REST;
    const blocked = !this._leaps && (this._bar <= 0 || this._bar >= ends);
    if (!resting && !blocked) return;
    this._leaps = false;
    if (Math.abs(scaled(Math.min(this._top, end), end, ends) - this._box.scrollTop) >= 1) this.goTo(this._top);
  }

  _scrolled() {
    const bar = this._box.scrollTop, step = bar - this._bar;
    this._bar = bar;
    if (!this._over || step === 0) return;
    const { end } = this;
    this._moved = performance.now();
    this._leaps ||= Math.abs(step) > LEAP * this._box.clientHeight;
    this._top = this._leaps ? scaled(bar, end - this._over, end) : Math.max(0, Math.min(end, this._top + step));
  }
}

/** From a place on a scale to that on another: the same near both ends, in proportion between. @param {number} at @param {number} end @param {number} to */
function scaled(at, end, to) {
  if (at <= EDGE) return at;
  if (at >= end - EDGE) return to - (end - at);
  return EDGE + (at - EDGE) / (end - 2 * EDGE) * (to - 2 * EDGE);
}
