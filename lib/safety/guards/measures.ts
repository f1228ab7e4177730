import type { SafetyReason } from '../verdict.js';

/** Value and limit of a reason. One that is not finite is left to the message: JSON cannot say it, and logs are JSON. */
export function measures(value: number, limit: number): Pick<SafetyReason, 'value' | 'limit'> {
  return { ...(Number.isFinite(value) && { value }), ...(Number.isFinite(limit) && { limit }) };
}
