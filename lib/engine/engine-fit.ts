import { VLAError } from '../errors.js';
import type { TensorRTInfo } from '../native/addon-types.js';
import type { Artifact } from '../policy/manifest-stages.js';

/**
 * The engines that may run with this TensorRT on this GPU, those first that say so. An engine's `tensorrt` and `sm` in
 * the manifest are what it needs: `10.3.0`, or a shorter `10` for one that is version-compatible, and `8.7` or `87`,
 * or none for one that is hardware-compatible. What is not said does not rule an engine out: TensorRT itself decides.
 *
 * @throws VLAError ENGINE_VERSION_MISMATCH or ENGINE_DEVICE_MISMATCH with one line per engine when none is left
 */
export function fittingEngines(
  engines: readonly Artifact[],
  { version, device }: Pick<TensorRTInfo, 'version' | 'device'>,
): readonly Artifact[] {
  const judged = engines.map((artifact) => ({
    artifact,
    ...judgeFit(artifact, version, device.computeCapability),
  }));
  const fitting = judged.filter(({ otherVersion, otherDevice }) => !otherVersion && !otherDevice);
  if (fitting.length > 0)
    return fitting.toSorted((a, b) => b.certainty - a.certainty).map(({ artifact }) => artifact);
  // When one of them was built for this GPU, only TensorRT stands in the way.
  const code = judged.some(({ otherDevice }) => !otherDevice)
    ? 'ENGINE_VERSION_MISMATCH'
    : 'ENGINE_DEVICE_MISMATCH';
  const lines = engines.map(
    ({ file, tensorrt = 'any', sm = 'any' }) => `\n  ${file}: TensorRT ${tensorrt}, compute capability ${sm}`,
  );
  throw new VLAError(
    code,
    `no engine of the bundle was built for TensorRT ${version} on ${device.name}, compute capability ` +
      `${device.computeCapability}; it has:${lines.join('')}`,
    { hint: 'Build one on this machine from the .onnx: npx jetson-vla build <bundle>' },
  );
}

/** Whether an engine that needs `tensorrt` and `sm`, as {@link fittingEngines} reads them, rules this machine out. */
export function judgeFit(
  { tensorrt, sm }: Pick<Artifact, 'tensorrt' | 'sm'>,
  version: string,
  capability: string,
) {
  const neededVersion = /^\d+(\.\d+)*/.exec(tensorrt ?? '')?.[0];
  const neededDevice = computeCapability(sm ?? '');
  return {
    otherVersion: neededVersion !== undefined && !agree(neededVersion, version),
    otherDevice: neededDevice !== undefined && neededDevice !== computeCapability(capability),
    certainty: Number(neededVersion !== undefined) + Number(neededDevice !== undefined),
  };
}

/** Whether two versions are the same as far as both go: a manifest may leave the patch out, or add a build number. */
function agree(needed: string, version: string): boolean {
  const there = version.split('.');
  return needed
    .split('.')
    .every((part, index) => there[index] === undefined || Number(part) === Number(there[index]));
}

/** `8.7`, `87`, `sm_87` and `sm87` as `87`; undefined for what names no single GPU architecture. */
function computeCapability(text: string): string | undefined {
  return /^(?:sm_?)?(\d+\.\d|\d{2,3})$/i.exec(text.trim())?.[1]?.replace('.', '');
}
