import { randomBytes } from 'node:crypto';

export interface GoalId {
  readonly uuid: Uint8Array;
}

export interface Stamp {
  readonly sec: number;
  readonly nanosec: number;
}

export function randomGoalId(): GoalId {
  return { uuid: Uint8Array.from(randomBytes(16)) };
}

export function goalKey({ uuid }: GoalId): string {
  return Buffer.from(uuid).toString('hex');
}

export function isZero({ uuid }: GoalId): boolean {
  return uuid.every((byte) => byte === 0);
}

export function nanoseconds({ sec, nanosec }: Stamp): bigint {
  return BigInt(sec) * 1_000_000_000n + BigInt(nanosec);
}
