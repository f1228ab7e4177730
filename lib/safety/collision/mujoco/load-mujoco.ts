import type { MainModule } from '@mujoco/mujoco';
import { VLAError } from '../../../errors.js';

/** The MuJoCo WebAssembly module. */
export type Mujoco = MainModule;

let loading: Promise<Mujoco> | undefined;

/**
 * MuJoCo, loaded once for the process (about 0.2 s, 100 MB). It is an optional peer dependency.
 *
 * @param load gives the package's factory
 * @throws VLAError BACKEND_UNAVAILABLE
 */
export async function loadMujoco(
  load: () => Promise<{ readonly default: () => Promise<Mujoco> }> = () => import('@mujoco/mujoco'),
): Promise<Mujoco> {
  loading ??= load().then((module) => module.default());
  try {
    return await loading;
  } catch (cause) {
    loading = undefined;
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new VLAError('BACKEND_UNAVAILABLE', `@mujoco/mujoco cannot be loaded: ${reason}`, {
      hint: 'Install it beside jetson-vla: npm install @mujoco/mujoco. Only collision checks with MuJoCo need it.',
      cause,
    });
  }
}
