import { loadAddon } from '../../lib/native/load-addon.js';
import type { CameraFrame } from '../../lib/policy/camera-frame.js';
import { planImage } from '../../lib/policy/image-plan.js';
import type { ImageTensorOptions } from '../../lib/policy/image-spec.js';
import { resolveImageSpec } from '../../lib/policy/image-spec.js';
import { NativeImageKernel } from '../../lib/policy/native-image-kernel.js';
import { type PixelValues, pixelTables } from '../../lib/policy/pixel-tables.js';
import { allocateTensor } from '../../lib/policy/tensor.js';
import { TypeScriptImageKernel } from '../../lib/policy/typescript-image-kernel.js';

export const KERNELS = ['typescript', 'native'] as const;

/** The values of the image tensor that one of the kernels makes, in memory full of something else. */
export function kernelValues(
  kernel: (typeof KERNELS)[number],
  frame: CameraFrame,
  options: ImageTensorOptions,
): PixelValues {
  const spec = resolveImageSpec(options);
  const plan = planImage(frame, spec);
  const tables = pixelTables(spec);
  const { data } = allocateTensor(spec.dtype, [spec.resize.h * spec.resize.w * 3]);
  data.fill(99);
  const made =
    kernel === 'typescript'
      ? new TypeScriptImageKernel(plan, spec, tables)
      : new NativeImageKernel(loadAddon(), plan, spec, tables);
  made.write(frame, data);
  return data;
}
