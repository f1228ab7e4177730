import { VLAError } from '../errors.js';
import type { Examination } from './examination.js';
import { type Finding, fail, ok, warn } from './finding.js';
import { installedVersion } from './npm-packages.js';

const TOPIC = 'ONNX Runtime';

/** Whether policies run without TensorRT. That they do not is a failure only where they do not with it either. */
export async function onnxRuntimeFindings({ live, search }: Examination): Promise<Finding[]> {
  if (live === undefined) return [];
  const version = installedVersion('onnxruntime-node', live.directory);
  const found = await search;
  const failing = found === undefined || found instanceof VLAError ? fail : warn;
  if (version === undefined)
    return [failing(TOPIC, 'onnxruntime-node is not installed', 'npm install onnxruntime-node')];
  const { problem } = await live.onnxRuntime();
  return [
    problem === undefined
      ? ok(TOPIC, `onnxruntime-node ${version} runs models on the CPU`)
      : failing(
          TOPIC,
          `onnxruntime-node ${version} does not work here: ${problem}`,
          'npm install onnxruntime-node@latest',
        ),
  ];
}
