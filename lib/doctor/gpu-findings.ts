import { realpathSync, statSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import { installCudaDriver, isJetson, jetsonGpu } from '../engine/jetpack.js';
import { entries } from '../engine/library-directories.js';
import { readText } from '../engine/machine-files.js';
import { mayHaveNvidiaGpu } from '../engine/nvidia-gpu.js';
import { cudaCandidates, isChosen } from '../engine/tensorrt-candidates.js';
import { VLAError } from '../errors.js';
import { absent, broken, type Examination, gibibytes, shown } from './examination.js';
import { type Finding, ok } from './finding.js';

const NVIDIA = 'proc/driver/nvidia';

/** The GPU, and the CUDA driver that leads to it. */
export async function gpuFindings(examination: Examination): Promise<Finding[]> {
  const { machine } = examination;
  const found = await examination.search;
  if (!mayHaveNvidiaGpu(machine) && !isChosen({}, machine) && !isJetson(machine))
    return [
      absent(
        examination,
        'tensorrt',
        'GPU',
        'no NVIDIA GPU: policies run on ONNX Runtime',
        examination.required.has('tensorrt') ? installCudaDriver(machine) : undefined,
      ),
    ];
  const names = gpuNames(examination);
  const files = driverFiles(examination);
  const findings: Finding[] = [];
  if (found === undefined) {
    findings.push(...names.map((name) => ok('GPU', name)));
    findings.push(files.length > 0 ? ok('CUDA driver', files.join(', ')) : noDriver(examination));
  } else if (found instanceof VLAError) {
    findings.push(...names.map((name) => ok('GPU', name)));
    if (found.code === 'CUDA_DRIVER_NOT_FOUND' || found.code === 'CUDA_FAILED')
      findings.push(broken(examination, 'tensorrt', 'CUDA driver', found.message, found.hint));
    else findings.push(files.length > 0 ? ok('CUDA driver', files.join(', ')) : noDriver(examination));
  } else {
    const { device, cudaDriverVersion } = found.info;
    const memory = `${gibibytes(device.totalMemoryBytes)}${device.integrated ? ' shared with the CPU' : ''}`;
    findings.push(ok('GPU', `${device.name}, compute capability ${device.computeCapability}, ${memory}`));
    findings.push(
      ok('CUDA driver', `CUDA ${cudaVersion(cudaDriverVersion)}, opened: ${found.libraries.cuda}`),
    );
  }
  return findings;
}

function noDriver(examination: Examination): Finding {
  return broken(
    examination,
    'tensorrt',
    'CUDA driver',
    'libcuda.so.1 is in none of the directories where drivers lie',
    installCudaDriver(examination.machine),
  );
}

/** What files say: of a Jetson the device tree, of graphics cards the kernel's driver. */
function gpuNames({ machine }: Examination): string[] {
  const jetson = jetsonGpu(machine);
  if (jetson !== undefined) return [`${jetson.name}, compute capability ${jetson.computeCapability}`];
  const driver = /Kernel Module\s+(?:for \S+\s+)?([\d.]+)/.exec(
    readText(machine, `${NVIDIA}/version`) ?? '',
  )?.[1];
  return entries(join(machine.root, NVIDIA, 'gpus')).flatMap((slot) => {
    const model = /^Model:\s*(.+)$/m.exec(readText(machine, `${NVIDIA}/gpus/${slot}/information`) ?? '')?.[1];
    return model === undefined ? [] : [`${model.trim()}${driver === undefined ? '' : `, driver ${driver}`}`];
  });
}

/**
 * Links resolved: `libcuda.so.1` itself does not say its version. Images for Jetson hold an empty file in its place, which
 * the NVIDIA runtime covers with the driver of the host.
 */
function driverFiles(examination: Examination): string[] {
  const files = cudaCandidates({}, examination.machine).libraries.filter((library) => isAbsolute(library));
  const found = files.flatMap((file) => {
    try {
      const path = realpathSync(file);
      return statSync(path).size > 0 ? [shown(examination, path)] : [];
    } catch {
      return [];
    }
  });
  return [...new Set(found)];
}

/** @param version major × 1000 + minor × 10 */
function cudaVersion(version: number): string {
  return `${Math.floor(version / 1000)}.${Math.floor((version % 1000) / 10)}`;
}
