import type { MainModule } from '@mujoco/mujoco';
import { VLAError } from '../../../errors.js';

/** The MuJoCo WebAssembly module. */
export type Mujoco = MainModule;

type Factory = () => Promise<{ readonly default: () => Promise<Mujoco> }>;

let loading: Promise<Mujoco> | undefined;

/**
 * MuJoCo, loaded once for the process (about 0.2 s, 100 MB). It is an optional peer dependency.
 *
 * @throws VLAError BACKEND_UNAVAILABLE
 */
export async function loadMujoco(): Promise<Mujoco> {
  loading ??= importMujoco(() => import('@mujoco/mujoco'));
  try {
    return await loading;
  } catch (error) {
    // It may be installed by the next call.
    loading = undefined;
    throw error;
  }
}

/** @throws VLAError BACKEND_UNAVAILABLE when the package cannot be imported or started */
export async function importMujoco(load: Factory): Promise<Mujoco> {
  try {
    const factory = await load();
    return await factory.default();
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new VLAError('BACKEND_UNAVAILABLE', `@mujoco/mujoco cannot be loaded: ${reason}`, {
      hint: 'Install it beside jetson-vla: npm install @mujoco/mujoco. Only collision checks with MuJoCo need it.',
      cause,
    });
  }
}
