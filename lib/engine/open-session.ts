import { VLAError } from '../errors.js';
import type { Artifact } from '../policy/manifest-stages.js';
import type { LoadOptions } from './load-options.js';
import { OnnxRuntimeSession } from './onnxruntime-session.js';
import type { Session } from './session.js';
import { TensorRTSession } from './tensorrt-session.js';

/** What runs a model. `auto` takes the fastest one that this machine has and that the policy has a file for. */
export type Backend = 'auto' | Session['backend'];

/**
 * Opens a model file on the backend that runs its format.
 *
 * @throws VLAError BACKEND_UNAVAILABLE when the options ask for the other backend, and what the sessions throw
 */
export async function openSession(
  { format, file }: Pick<Artifact, 'format' | 'file'>,
  options: LoadOptions,
): Promise<Session> {
  const { backend = 'auto' } = options;
  if (format === 'engine') {
    if (backend === 'onnxruntime')
      throw new VLAError(
        'BACKEND_UNAVAILABLE',
        `${file} is a TensorRT engine, which ONNX Runtime cannot run`,
        {
          hint: 'Load the .onnx file that the engine was built from.',
        },
      );
    return TensorRTSession.load(file, options);
  }
  if (backend === 'tensorrt')
    throw new VLAError('BACKEND_UNAVAILABLE', `${file} is no TensorRT engine`, {
      hint: `Build one for this machine: npx jetson-vla build ${file}`,
    });
  return OnnxRuntimeSession.load(file, options);
}
