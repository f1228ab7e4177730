import { boardName } from '../../engine/jetpack.js';
import { VLAError } from '../../errors.js';
import { distroForUbuntu } from '../../ros/ros-environment.js';
import { clocksStep, groupsStep, powerModeStep, type WantedPowerMode } from './board-steps.js';
import { addonStep, buildToolsStep, jetPackStep, tensorRTStep } from './jetpack-steps.js';
import { nodeStep } from './node-step.js';
import { rosSteps } from './ros-steps.js';
import { asRoot, type SetupStep } from './setup-step.js';
import type { SetupTarget } from './setup-target.js';

export const ROS_CHOICES = ['auto', 'humble', 'jazzy', 'none'] as const;

export interface SetupOptions {
  /** `auto`, the default: the distribution that has packages for the system, if there is one. */
  readonly ros?: (typeof ROS_CHOICES)[number];
  /** `fastest` by default. */
  readonly powerMode?: WantedPowerMode;
  /** Without the developers' tools of JetPack; false by default. */
  readonly runtimeOnly?: boolean;
  /** What build-native needs, also where the prebuilt addon will do; false by default. */
  readonly buildTools?: boolean;
  /** Whether to hold the clocks until the next restart; false by default. */
  readonly clocks?: boolean;
}

/** What a Jetson needs for jetson-vla, in the order in which to do it. */
export interface SetupPlan {
  /** The board and its JetPack. */
  readonly title: string;
  readonly steps: readonly SetupStep[];
  /** What no command does. */
  readonly notes: readonly string[];
}

/**
 * Looks at files only; nothing is started or changed.
 *
 * @throws VLAError INVALID_ARGUMENT for a ROS distribution that has no packages for the system
 */
export function planSetup(target: SetupTarget, options: SetupOptions = {}): SetupPlan {
  const {
    ros = 'auto',
    powerMode = 'fastest',
    runtimeOnly = false,
    buildTools = false,
    clocks = false,
  } = options;
  const { machine, jetpack } = target;
  const isTensorRT8 = jetpack.tensorrt.startsWith('8');
  const distro = rosDistro(target, ros);
  const groups = groupsStep(target);
  const steps: SetupStep[] = [
    jetPackStep(target, runtimeOnly),
    tensorRTStep(target),
    nodeStep(target),
    ...(isTensorRT8 || buildTools ? [buildToolsStep(target)] : []),
    ...(isTensorRT8 ? [addonStep(target)] : []),
    ...(distro === undefined ? [] : rosSteps(target, distro)),
    ...(groups === undefined ? [] : [groups]),
    ...(powerMode === 'keep' ? [] : [powerModeStep(target, powerMode)]),
    ...(clocks ? [clocksStep()] : []),
  ];
  const notes = [
    ...(distro === undefined && ros === 'auto' ? [noRos(target)] : []),
    ...(clocks ? [] : ['sudo jetson_clocks holds the clocks at their maximum, until the next restart.']),
    'npx jetson-vla doctor says whether all of it works.',
  ];
  const board = machine === undefined ? undefined : boardName(machine);
  return {
    title: board === undefined ? `A Jetson with ${jetpack.name}` : `${board}, ${jetpack.name}`,
    steps: [updateStep(steps), ...steps].map((step) => (machine === undefined ? unseen(step) : step)),
    notes,
  };
}

/** Of a Jetson that is somewhere else. */
function unseen({ seen: _, ...step }: SetupStep): SetupStep {
  return { ...step, done: false };
}

/** Old lists of packages name versions that are gone; without anything to install nobody needs new ones. */
function updateStep(steps: readonly SetupStep[]): SetupStep {
  const done = steps.every(
    (step) => step.done || !step.commands.some(({ argv }) => argv[0] === 'apt-get' && argv[1] === 'install'),
  );
  return {
    id: 'update',
    title: 'Fetch the lists of packages',
    why: 'apt installs what they name',
    commands: [asRoot('apt-get', 'update')],
    done,
    seen: done ? 'there is nothing to install' : 'there are packages to install',
  };
}

function rosDistro({ ubuntu }: SetupTarget, ros: (typeof ROS_CHOICES)[number]): string | undefined {
  if (ros === 'none') return undefined;
  const suited = distroForUbuntu(ubuntu);
  if (ros === 'auto' || ros === suited) return suited;
  const instead = suited === undefined ? 'no distribution that is still maintained has' : `${suited} has`;
  throw new VLAError('INVALID_ARGUMENT', `ROS 2 ${ros} has no packages for Ubuntu ${ubuntu}: ${instead}`, {
    hint:
      suited === undefined ? 'Run it in a container (ros:humble), and give --ros none.' : `--ros ${suited}`,
  });
}

function noRos({ ubuntu }: SetupTarget): string {
  return (
    `ROS 2: no distribution that is still maintained has packages for Ubuntu ${ubuntu}. Run the node in a container ` +
    'of Ubuntu 22.04 with --runtime nvidia --network host, such as ros:humble, or build ROS 2 from source.'
  );
}
