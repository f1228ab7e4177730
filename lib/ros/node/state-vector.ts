import type { StateVector } from '../../action/chunk-inferrer.js';
import { VLAError } from '../../errors.js';
import type { PolicyManifest } from '../../policy/manifest.js';

/**
 * What a policy's state is made of, by the names of its dims: joints, and the gripper's command. `undefined` for a
 * policy that takes none.
 *
 * @param jointNames of the policy's actions, in the robot's order
 * @throws VLAError UNSUPPORTED_POLICY for a state that the node cannot fill
 */
export function stateVectorOf(
  manifest: PolicyManifest,
  jointNames: readonly string[],
): StateVector | undefined {
  const dims = manifest.inputs.state?.dims;
  if (dims === undefined) return undefined;
  const columns = dims.map(({ name, gripper }) => {
    const joint = jointNames.indexOf(name);
    if (joint < 0 && gripper === undefined)
      throw new VLAError(
        'UNSUPPORTED_POLICY',
        `the policy's state has "${name}", which is none of its joints ${jointNames.join(', ')} and no gripper`,
        {
          hint: 'The node can tell a policy the joints that it commands and the gripper; use the library for others.',
        },
      );
    return joint;
  });
  return ({ joints, gripper }) =>
    columns.map((joint) => (joint < 0 ? gripper : (joints[joint] ?? Number.NaN)));
}
