import type { NativeBuild } from '../native/addon-types.js';

const builds = new Set<NativeBuild>();

/**
 * Has an exit of the process wait for a build. Node runs no cleanup of the addon when `process.exit()` or an uncaught
 * error ends the main thread; TensorRT's own destructors would then run while its threads still build.
 *
 * @returns forgets the build; to be called when it has ended
 */
export function stopAtExit(build: NativeBuild): () => void {
  if (builds.size === 0) process.on('exit', stopAll);
  builds.add(build);
  return () => {
    if (builds.delete(build) && builds.size === 0) process.off('exit', stopAll);
  };
}

function stopAll(): void {
  for (const build of builds) build.cancel();
  for (const build of builds) build.stop();
}
