import { roundHalfToEven } from './round-half-to-even.js';

const SIGN = 0x8000;
const INFINITY = 0x7c00;
const QUIET_NAN = 0x7e00;
const SMALLEST_NORMAL = 2 ** -14;
const SUBNORMAL_STEP = 2 ** -24;
/** Halfway between the largest half, 65504, and the next power of two; the tie goes to the even side, infinity. */
const OVERFLOW = 65520;

/**
 * The IEEE 754 binary16 bit pattern nearest to `value`, 0 … 0xffff; ties go to the even pattern, magnitudes from
 * 65520 become infinity, those up to 2⁻²⁵ become zero of the same sign, and NaN becomes a quiet NaN. It rounds once,
 * straight from double precision.
 */
export function toFloat16Bits(value: number): number {
  if (Number.isNaN(value)) return QUIET_NAN;
  const sign = value < 0 || Object.is(value, -0) ? SIGN : 0;
  const magnitude = Math.abs(value);
  if (magnitude >= OVERFLOW) return sign | INFINITY;
  if (magnitude < SMALLEST_NORMAL) return sign | roundHalfToEven(magnitude / SUBNORMAL_STEP);
  // log2 may round up to the next integer just below a power of two, hence the check.
  let exponent = Math.floor(Math.log2(magnitude));
  if (2 ** exponent > magnitude) exponent--;
  // A significand that rounds up to 2048 carries into the exponent, which is the pattern wanted.
  return sign | (((exponent + 14) << 10) + roundHalfToEven(magnitude * 2 ** (10 - exponent)));
}

/** The number that an IEEE 754 binary16 bit pattern, 0 … 0xffff, stands for; exact. */
export function fromFloat16Bits(bits: number): number {
  const sign = bits & SIGN ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0x1f) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  if (exponent === 0) return sign * fraction * SUBNORMAL_STEP;
  return sign * (1024 + fraction) * 2 ** (exponent - 25);
}
