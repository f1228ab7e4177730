/** A frame that was sent: its number and its stamp, ms. */
export interface SentFrame {
  readonly number: number;
  readonly stampMs: number;
}

/**
 * The frame that a stamp means. A node that keeps stamps on a clock of its own gives them back a little off, so the nearest
 * is meant, within half of a period of the camera; undefined if none is so near.
 */
export function nearestFrame(
  frames: readonly SentFrame[],
  stampMs: number,
  periodMs: number,
): SentFrame | undefined {
  const apart = (frame: SentFrame) => Math.abs(frame.stampMs - stampMs);
  const nearest = frames.reduce<SentFrame | undefined>(
    (best, frame) => (best === undefined || apart(frame) < apart(best) ? frame : best),
    undefined,
  );
  return nearest !== undefined && apart(nearest) < periodMs / 2 ? nearest : undefined;
}
