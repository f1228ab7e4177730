import { existsSync } from 'node:fs';
import path from 'node:path';
import { mayHaveNvidiaGpu } from '../engine/nvidia-gpu.js';
import { VLAError } from '../errors.js';
import { packageRoot } from '../native/package-root.js';
import { broken, type Examination } from './examination.js';
import { type Finding, ok } from './finding.js';
import { tensorRTFiles } from './tensorrt-files.js';

const TOPIC = 'native addon';
const BUILD = 'npx jetson-vla build-native (needs cmake, g++ and the TensorRT headers)';

/** Which compiled addon this process loads, and whether it can drive the TensorRT that is installed. */
export function addonFindings(examination: Examination): Finding[] {
  const { live, machine } = examination;
  if (live === undefined) return [];
  const file = live.addon();
  if (file instanceof VLAError) return [broken(examination, 'tensorrt', TOPIC, file.message, file.hint)];
  const directory = path.dirname(file);
  const backends = [8, 10, 11].filter((major) =>
    existsSync(path.join(directory, `jetson_vla_trt${major}.so`)),
  );
  const drives = backends.length > 0 ? `drives TensorRT ${backends.join(', ')}` : 'drives no TensorRT';
  const findings = [ok(TOPIC, `${origin(file)}, ${drives}: ${file}`)];
  const majors = new Set(tensorRTFiles(machine).map(({ version }) => Number.parseInt(version, 10)));
  const undriven = [8, 10, 11].filter((major) => majors.has(major) && !backends.includes(major));
  if (undriven.length > 0 && undriven.length === majors.size && mayHaveNvidiaGpu(machine))
    findings.push(
      broken(examination, 'tensorrt', TOPIC, `it was built without TensorRT ${undriven.join(', ')}`, BUILD),
    );
  return findings;
}

function origin(file: string): string {
  if (process.env['JETSON_VLA_ADDON']) return 'chosen by JETSON_VLA_ADDON';
  const inside = path.relative(packageRoot, file).split(path.sep);
  return inside[0] === 'prebuilds' ? `the prebuilt one for ${inside[1]}` : 'compiled on this machine';
}
