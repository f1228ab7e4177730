import {
  isContainer,
  isDriven,
  isJetson,
  JETPACK_NAMES,
  type JetPack,
  jetPackNamed,
  readJetPack,
} from '../../engine/jetpack.js';
import type { Machine } from '../../engine/machine.js';
import { VLAError } from '../../errors.js';
import { hostOf, readOsRelease } from '../../ros/ros-environment.js';

/** What is to be set up. */
export interface SetupTarget {
  readonly jetpack: JetPack;
  /** Codename of its Ubuntu, such as `jammy`. */
  readonly ubuntu: string;
  /** Absent for a Jetson that is not this one: nothing of it counts as done. */
  readonly machine: Machine | undefined;
  /** The version of Node, where that is known. */
  readonly node: string | undefined;
  /** Where the native addon and its backends are. */
  readonly addonDirectory: string;
  /** Who is going to use the robot: is put into the groups that may use the GPU. */
  readonly user: string | undefined;
}

/**
 * The JetPack of a machine.
 *
 * @throws VLAError BACKEND_UNAVAILABLE where there is nothing to set up: no Jetson, a container on one, a release that is
 *   not known or too old
 */
export function jetPackOf(machine: Machine): JetPack {
  const other = `To see what a Jetson needs: --for ${JETPACK_NAMES.join(', ')}`;
  if (!isJetson(machine))
    throw refusal(
      'this is not a Jetson: there is neither /etc/nv_tegra_release nor a board of NVIDIA',
      other,
    );
  if (isContainer(machine))
    throw refusal(
      'this is a container: JetPack and its power mode belong to the Jetson around it',
      'Run it outside; start the container with --runtime nvidia.',
    );
  const jetpack = readJetPack(machine);
  if (jetpack === undefined)
    throw refusal('/etc/nv_tegra_release does not say which JetPack this Jetson has', other);
  if (!isDriven(jetpack))
    throw refusal(
      `${jetpack.name} has TensorRT ${jetpack.tensorrt}; jetson-vla drives 8.5 and newer`,
      'Flash JetPack 5.1 or newer: https://developer.nvidia.com/embedded/jetpack',
    );
  return jetpack;
}

/** @throws VLAError INVALID_ARGUMENT for a name that is none of {@link JETPACK_NAMES} */
export function jetPackByName(name: string): JetPack {
  const jetpack = jetPackNamed(name);
  if (jetpack !== undefined) return jetpack;
  throw new VLAError('INVALID_ARGUMENT', `--for: expected ${JETPACK_NAMES.join(', ')}, got ${name}`, {
    hint: 'jetson-vla setup-jetson --help',
  });
}

/** The system counts, not the board: people put other ones on it. */
export function ubuntuOf(machine: Machine, jetpack: JetPack): string {
  return readOsRelease(hostOf(machine)).codename ?? jetpack.ubuntu;
}

function refusal(message: string, hint: string): VLAError {
  return new VLAError('BACKEND_UNAVAILABLE', message, { hint });
}
