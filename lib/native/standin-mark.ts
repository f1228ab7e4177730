import { readFileSync } from 'node:fs';

// Put together at run time, so that this file itself does not look like a marked one.
const STANDIN_MARK = ['jetson-vla', 'standin-headers'].join(':');

/** Whether a backend was compiled against the stand-in TensorRT headers of the tests. */
export function isStandinBuild(sharedObject: string): boolean {
  return readFileSync(sharedObject).includes(STANDIN_MARK);
}
