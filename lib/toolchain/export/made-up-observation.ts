import type { CameraFrame } from '../../policy/camera-frame.js';
import type { PolicyManifest } from '../../policy/manifest.js';
import type { CameraSpec } from '../../policy/manifest-schema.js';
import type { Observation } from '../../policy/observation.js';
import { robotUnit, toRobotUnit } from '../../policy/units.js';
import { seededRandom } from '../seeded-random.js';

const INSTRUCTION = 'pick up the red block';

/**
 * An observation for a policy that none was recorded for: frames of noise in the sizes that it takes, each joint in the
 * middle of its range, the gripper half open.
 *
 * @param instruction `pick up the red block` by default
 */
export function madeUpObservation(
  { inputs }: PolicyManifest,
  seed: number,
  instruction: string = INSTRUCTION,
): Observation {
  const random = seededRandom(seed);
  const takesText = inputs.text?.mode === 'runtime' || inputs.text?.mode === 'string';
  return {
    images: Object.fromEntries(inputs.cameras.map((camera) => [camera.id, noise(camera, random)])),
    capturedAt: 0,
    ...(takesText && { instruction }),
    ...(inputs.state && {
      state: inputs.state.dims.map((dim) => {
        if (robotUnit(dim) === 'unit') return 0.5;
        return dim.limits ? (toRobotUnit(dim, dim.limits[0]) + toRobotUnit(dim, dim.limits[1])) / 2 : 0;
      }),
    }),
  };
}

function noise({ crop, resize, rotate = 0 }: CameraSpec, random: () => number): CameraFrame {
  const { h, w } = crop ?? resize;
  const [height, width] = rotate % 180 === 0 ? [h, w] : [w, h];
  const data = Uint8Array.from({ length: height * width * 3 }, () => Math.floor(random() * 256));
  return { encoding: 'rgb8', width, height, data };
}
