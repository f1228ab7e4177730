import { randomBytes } from 'node:crypto';

/** Where a side runs: its absolute namespace, and the folder of its log files. */
export interface Place {
  readonly namespace: string;
  readonly folder: string;
}

/** A corner of the ROS graph that nobody else uses. */
export function newPlace(folder: string): Place {
  return { namespace: `/bench_${randomBytes(5).toString('hex')}`, folder };
}
