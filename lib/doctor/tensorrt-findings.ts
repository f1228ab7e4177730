import { installTensorRT, isJetson } from '../engine/jetpack.js';
import { mayHaveNvidiaGpu } from '../engine/nvidia-gpu.js';
import { isChosen } from '../engine/tensorrt-candidates.js';
import type { FoundTensorRT } from '../engine/tensorrt-libraries.js';
import { VLAError } from '../errors.js';
import { absent, broken, type Examination, shown } from './examination.js';
import { type Finding, ok, warn } from './finding.js';
import { headerVersion, type TensorRTFile, tensorRTFiles } from './tensorrt-files.js';

const TOPIC = 'TensorRT';

/** Every TensorRT that is installed, the one that would be used, its ONNX parser, and the headers. */
export async function tensorRTFindings(examination: Examination): Promise<Finding[]> {
  const found = await examination.search;
  const files = tensorRTFiles(examination.machine);
  // As the search prefers them: the newest major first, and then in the order of the directories.
  const usable = files
    .filter(({ variant, version }) => variant === 'full' && isSupported(version))
    .toSorted((a, b) => majorOf(b) - majorOf(a));
  const opened = found === undefined || found instanceof VLAError ? undefined : found.info.path;
  const used = opened === undefined ? usable[0] : usable.find(({ path }) => path === opened);
  const headers = headerVersion(examination.machine);
  return [
    ...files.map((file) => fileFinding(examination, file)),
    ...openingFindings(examination, found, usable),
    ...(used === undefined ? [] : choiceFindings(examination, used, usable.length)),
    ...(headers === undefined ? [] : [ok('TensorRT headers', `${headers}, for build-native`)]),
  ];
}

function openingFindings(
  examination: Examination,
  found: FoundTensorRT | VLAError | undefined,
  usable: readonly TensorRTFile[],
): Finding[] {
  if (found instanceof VLAError) return [notOpened(examination, found)];
  if (found !== undefined) {
    const { version, path, standin } = found.info;
    return [
      ok(TOPIC, `${version} opens with this driver: ${path}${standin ? ' (a stand-in for tests)' : ''}`),
    ];
  }
  if (usable.length > 0) return [];
  return [
    isExpected(examination)
      ? broken(
          examination,
          'tensorrt',
          TOPIC,
          'none that could be used',
          installTensorRT(examination.machine),
        )
      : absent(examination, 'tensorrt', TOPIC, 'not installed; it is of use with an NVIDIA GPU only'),
  ];
}

function choiceFindings(examination: Examination, used: TensorRTFile, count: number): Finding[] {
  const findings: Finding[] = [];
  if (count > 1)
    findings.push(
      warn(
        TOPIC,
        `${count} are installed; ${shown(examination, used.path)} comes first`,
        'JETSON_VLA_NVINFER=FILE chooses another one.',
      ),
    );
  findings.push(
    used.hasParser
      ? ok('ONNX parser', `beside TensorRT ${used.version}: engines can be built here`)
      : warn(
          'ONNX parser',
          `no libnvonnxparser.so.${majorOf(used)} beside TensorRT ${used.version}: engines run here, and cannot be built`,
          installTensorRT(examination.machine),
        ),
  );
  return findings;
}

function fileFinding(examination: Examination, { path, version, variant }: TensorRTFile): Finding {
  const kind = variant === 'full' ? '' : ` (${variant}: runs version-compatible engines only)`;
  const message = `${version}${kind}: ${shown(examination, path)}`;
  return isSupported(version) ? ok(TOPIC, message) : warn(TOPIC, `${message}; jetson-vla drives 8.5 … 11`);
}

function notOpened(examination: Examination, { code, message, hint }: VLAError): Finding {
  if (!isExpected(examination))
    return absent(examination, 'tensorrt', TOPIC, 'not looked for: there is no NVIDIA GPU', hint);
  const reason =
    code === 'ADDON_UNAVAILABLE'
      ? 'not opened: the native addon does not load'
      : code === 'CUDA_DRIVER_NOT_FOUND' || code === 'CUDA_FAILED'
        ? 'not opened: it needs a CUDA driver that works'
        : withoutAbsent(message);
  return broken(examination, 'tensorrt', TOPIC, reason, hint);
}

/** Names that the dynamic loader does not know say nothing beside the list of files that are there. */
function withoutAbsent(message: string): string {
  const lines = message.split('\n');
  return lines
    .filter((line) => !/: (cannot open shared object file|no libnvinfer in )/.test(line))
    .join('\n');
}

function isExpected({ machine }: Examination): boolean {
  return mayHaveNvidiaGpu(machine) || isChosen({}, machine) || isJetson(machine);
}

function majorOf({ version }: TensorRTFile): number {
  return Number.parseInt(version, 10);
}

/** A name that has no more than the major version says nothing against it. */
function isSupported(version: string): boolean {
  const [major = 0, minor] = version.split('.').map(Number);
  return major === 8 ? minor === undefined || minor >= 5 : major === 10 || major === 11;
}
