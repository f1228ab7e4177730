import { readFileSync } from 'node:fs';

/** As native/tensorrt/backend/ compiles it into a backend. */
const STANDIN_MARK = 'jetson-vla:standin-headers';

/** Whether a backend was compiled against the stand-in TensorRT headers of the tests. */
export function isStandinBuild(sharedObject: string): boolean {
  return readFileSync(sharedObject).includes(STANDIN_MARK);
}
