/**
 * What the parent tells its watchdog, one byte each: a byte cannot arrive half. Plain JavaScript because
 * watchdog-child.js reads it without a loader.
 */
export const SIGNALS = Object.freeze({
  arm: 0x41,
  beat: 0x42,
  disarm: 0x44,
  hold: 0x48,
  release: 0x4c,
  reset: 0x52,
  /** The parent found by its own clock that it was late: the child may have seen the gap as just short enough. */
  late: 0x54,
});

/** @typedef {keyof typeof SIGNALS} Signal */
