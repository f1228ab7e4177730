import { ACCELERATION, JERK, POSITION, type QuinticSegment, VELOCITY } from './quintic-segment.js';

const ROOT_STEPS = 40;

/** The worst instant of an approach to a limit. */
export interface Approach {
  /** Where, in u from 0 to 1. */
  u: number;
  /** (speed · h)² over the distance left, in the units of the segment; 0 when the joint only moves away. */
  squaredSpeedOverDistance: number;
}

/**
 * The exact maximum of v² / distance over a segment, for a joint that moves towards a position limit.
 *
 * With D the distance, D' = −v, the maximum is at an end or where G = 2aD + v² is zero; and G' = 2jD has the sign of
 * the jerk, so that G is monotone between the roots of the jerk and has at most one root in each part.
 *
 * @param limit the position limit, which the segment does not pass
 * @param sign 1 for an upper limit, −1 for a lower one
 * @param result overwritten
 */
export function worstApproach(segment: QuinticSegment, limit: number, sign: number, result: Approach): void {
  result.u = 0;
  result.squaredSpeedOverDistance = 0;
  const turns = segment.turnCount(ACCELERATION);
  consider(segment, limit, sign, 0, result);
  let from = 0;
  let atFrom = slope(segment, limit, sign, 0);
  for (let index = 0; index <= turns; index++) {
    const to = index === turns ? 1 : segment.turn(ACCELERATION, index);
    const atTo = slope(segment, limit, sign, to);
    // From rising to falling: only there is a maximum.
    if (atFrom > 0 && atTo < 0) consider(segment, limit, sign, peak(segment, limit, sign, from, to), result);
    consider(segment, limit, sign, to, result);
    from = to;
    atFrom = atTo;
  }
}

function consider(segment: QuinticSegment, limit: number, sign: number, u: number, result: Approach): void {
  const speed = sign * segment.at(VELOCITY, u);
  if (speed <= 0) return;
  const distance = sign * (limit - segment.at(POSITION, u));
  const value = distance > 0 ? (speed * speed) / distance : Number.POSITIVE_INFINITY;
  if (value <= result.squaredSpeedOverDistance) return;
  result.squaredSpeedOverDistance = value;
  result.u = u;
}

/** G: has the sign of the growth of v² / distance while the joint moves towards the limit. */
function slope(segment: QuinticSegment, limit: number, sign: number, u: number): number {
  const distance = sign * (limit - segment.at(POSITION, u));
  const speed = segment.at(VELOCITY, u);
  return 2 * sign * segment.at(ACCELERATION, u) * distance + speed * speed;
}

function peak(segment: QuinticSegment, limit: number, sign: number, from: number, to: number): number {
  let low = from;
  let high = to;
  let u = 0.5 * (low + high);
  for (let step = 0; step < ROOT_STEPS; step++) {
    const value = slope(segment, limit, sign, u);
    if (value > 0) low = u;
    else high = u;
    const growth = 2 * sign * segment.at(JERK, u) * sign * (limit - segment.at(POSITION, u));
    let next = u - value / growth;
    if (!(next > low && next < high)) next = 0.5 * (low + high);
    if (Math.abs(next - u) < 1e-12) return next;
    u = next;
  }
  return u;
}
