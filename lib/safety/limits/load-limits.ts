import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { parseJointLimitsYaml } from './joint-limits-yaml.js';
import { limitsInvalid } from './limit-source.js';
import { type LimitInputs, type ResolvedJointLimits, resolveJointLimits } from './resolve-limits.js';
import { parseUrdfLimits } from './urdf-limits.js';

export interface LimitFiles extends Omit<LimitInputs, 'urdf' | 'jointLimitsYaml'> {
  /** Path of a URDF. */
  readonly urdf?: string;
  /** Text of a URDF that came another way, such as a topic; in place of `urdf`. */
  readonly urdfText?: string;
  /** Path of a joint_limits.yaml. */
  readonly jointLimitsYaml?: string;
}

/**
 * {@link resolveJointLimits} from files. Errors and provenance call a file by its name without folders.
 *
 * @throws VLAError as resolveJointLimits; LIMITS_INVALID also for a file that cannot be read or is no UTF-8
 */
export async function loadJointLimits(files: LimitFiles): Promise<ResolvedJointLimits> {
  const { urdf, urdfText, jointLimitsYaml, ...rest } = files;
  const [robot, yaml] = await Promise.all([
    urdf === undefined ? undefined : readText(urdf, 'URDF'),
    jointLimitsYaml === undefined ? undefined : readText(jointLimitsYaml, 'joint_limits.yaml'),
  ]);
  return resolveJointLimits({
    ...rest,
    ...(urdfText !== undefined && { urdf: urdfText }),
    ...(urdf !== undefined && robot !== undefined && { urdf: parseUrdfLimits(robot, basename(urdf)) }),
    ...(jointLimitsYaml !== undefined &&
      yaml !== undefined && { jointLimitsYaml: parseJointLimitsYaml(yaml, basename(jointLimitsYaml)) }),
  });
}

async function readText(path: string, what: string): Promise<string> {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(await readFile(path));
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw limitsInvalid(
      [
        {
          message: `expected a ${what} at ${path}: ${why}`,
          hint: 'Check the path, and that the file is UTF-8 text.',
        },
      ],
      error,
    );
  }
}
