import { VLAError } from '../errors.js';
import type { Artifact } from '../policy/manifest-stages.js';
import { type OnnxRuntimeOptions, OnnxRuntimeSession } from './onnxruntime-session.js';
import type { Session } from './session.js';

/** The backends that run a format of model file. `auto` takes the fastest one that this machine has. */
export type Backend = 'auto' | Session['backend'];

/**
 * Opens a model file on the backend that runs its format.
 *
 * @throws VLAError BACKEND_UNAVAILABLE, and what {@link OnnxRuntimeSession.load} throws
 */
export async function openSession(
  { format, file }: Pick<Artifact, 'format' | 'file'>,
  options: OnnxRuntimeOptions,
): Promise<Session> {
  if (format === 'engine')
    throw new VLAError(
      'BACKEND_UNAVAILABLE',
      `${file}: this build of jetson-vla has no TensorRT backend, which engine files need`,
      { hint: 'Load the .onnx file that the engine was built from.' },
    );
  return OnnxRuntimeSession.load(file, options);
}
