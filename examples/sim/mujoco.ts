import loadMujoco from '@mujoco/mujoco';

/** The MuJoCo WebAssembly module, loaded once for the process (about 0.2 s, 100 MB). */
export const mujoco = await loadMujoco();
