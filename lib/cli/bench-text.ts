import type { ClockDomain } from '../engine/jetson-state/clocks.js';
import type { JetsonState } from '../engine/jetson-state/jetson-state.js';
import type { MachineDescription } from '../toolchain/bench/machine-description.js';
import { type BenchReport, isMeasured, type PolicyReport, STAGES } from '../toolchain/bench/report.js';
import { figure, histogramLines, sparkline } from './bench-histogram.js';
import { textTable } from './text-table.js';

const COLUMNS = 80;
/** Where a fact begins, behind its name. */
const FACT = 12;
const BACKEND = { onnxruntime: 'ONNX Runtime', tensorrt: 'TensorRT' };

/** The report as people read it on a terminal of 80 columns. */
export function benchText(report: BenchReport): string {
  const { complete, machine, before, after, policy, other, comparison = [], warnings } = report;
  return [
    ...(complete ? [] : ['Interrupted: these are the figures of what was measured by then.\n']),
    policyText(policy, machine),
    ...(other === undefined ? [] : [policyText(other, machine)]),
    ...comparison.map(({ verdict }) => `${wrapped(verdict, 2)}\n`),
    ...(comparison.length > 0 ? ['\n'] : []),
    machineText(machine, before, after),
    ...warnings.map((warning) => `${wrapped(`WARN  ${warning}`, 6)}\n`),
  ].join('');
}

function policyText(policy: PolicyReport, { onnxruntime, tensorrt }: MachineDescription): string {
  const { target, precision, backend, observations } = policy;
  const version = backend === 'tensorrt' ? tensorrt?.version : onnxruntime;
  return [
    `${target}: ${precision === undefined ? '' : `${precision} `}on ${BACKEND[backend]} ${version ?? ''}`.trimEnd(),
    `  ${observations}`,
    '',
    stageTable(policy),
    ...histogramText(policy),
    ...facts(policy).map(([name, value]) => wrapped(`${name.padEnd(FACT)}${value}`, FACT)),
    ...policy.warnings.map((warning) => wrapped(`WARN  ${warning}`, 6)),
    '',
    '',
  ].join('\n');
}

function stageTable({ stages }: PolicyReport): string {
  const columns = ['p50', 'p90', 'p99', 'max'] as const;
  const rows = STAGES.flatMap((stage) => {
    const times = stages[stage];
    return isMeasured(times) ? [[stage, ...columns.map((column) => times[column].toFixed(3))]] : [];
  });
  const missing = STAGES.flatMap((stage) => {
    const times = stages[stage];
    return isMeasured(times) ? [] : [`${wrapped(`${stage}: not measured: ${times.notMeasured}`, 2)}\n`];
  });
  const titles = columns.map((title) => ({ title, align: 'right' as const }));
  return [textTable([{ title: 'Stage, ms' }, ...titles], rows), ...missing].join('');
}

function histogramText({ histogram, stages: { total } }: PolicyReport): string[] {
  if (!isMeasured(total)) return [];
  const scale = histogram.scale === 'log' ? ', logarithmic' : '';
  return [`Total, ms, of ${total.count} chunks${scale}`, ...histogramLines(histogram), ''];
}

function facts(policy: PolicyReport): (readonly [string, string])[] {
  const { inferencesPerSecond, eventLoopDelay, jitter, guard, memory, warmUp, firstInferenceMs } = policy;
  const settled = warmUp.settledAfter;
  const warm =
    settled === undefined
      ? `not warm after ${warmUp.ms.length}`
      : `warm after ${settled} inference${settled === 1 ? '' : 's'}`;
  return [
    ['Loading', `${figure(policy.loadMs)} ms`],
    ...(firstInferenceMs === undefined
      ? []
      : ([['Warm-up', `first inference ${figure(firstInferenceMs)} ms, ${warm}`]] as const)),
    ...(warmUp.ms.length > 1 ? ([['', sparkline(warmUp.ms)]] as const) : []),
    ...(inferencesPerSecond === undefined
      ? []
      : ([['Throughput', `${figure(inferencesPerSecond)} inferences/s, one after the other`]] as const)),
    ...(eventLoopDelay === undefined
      ? []
      : ([
          [
            'Event loop',
            `timers late by p50 ${figure(eventLoopDelay.p50)}, p99 ${figure(eventLoopDelay.p99)} ms meanwhile`,
          ],
        ] as const)),
    [
      'Jitter',
      isMeasured(jitter)
        ? `at ${figure(jitter.rateHz)} Hz: std ${figure(jitter.periods.std)} ms, p99 ${figure(jitter.p99AboveMedianMs)} ms above p50, ${jitter.missed} of ${jitter.periods.count} periods missed`
        : `not measured: ${jitter.notMeasured}`,
    ],
    ...(isMeasured(guard)
      ? ([
          ['Guards', outcomesText(guard.outcomes)],
          ['', guard.limits],
          ...(guard.why === undefined ? [] : ([['', guard.why]] as const)),
        ] as const)
      : []),
    [
      'Memory',
      `${mib(memory.rssBeforeLoad)} before loading, ${mib(memory.rssAfterLoad)} after, ${mib(memory.rssPeak)} at most` +
        (memory.device === undefined ? '' : `; ${mib(memory.device)} of the GPU without weights`),
    ],
  ];
}

function outcomesText(outcomes: Readonly<Record<string, number>>): string {
  return Object.entries(outcomes)
    .map(([outcome, count]) => `${outcome} ${count}`)
    .join(', ');
}

function machineText(machine: MachineDescription, before: JetsonState, after: JetsonState): string {
  const { board, cpu, cores, memoryBytes, platform, node, tensorrt } = machine;
  const gpu = tensorrt === undefined ? [] : [tensorrt.gpu];
  const parts = [...(board === undefined ? [] : [board]), cpu, `${cores} cores`, ...gpu, mib(memoryBytes)];
  const { powerMode, clocks } = after;
  const domains = [...clocks.cpu, ...clocks.gpu, ...(clocks.memory ? [clocks.memory] : [])];
  const heat = after.temperatures.map(({ zone, celsius }) => {
    const then = before.temperatures.find((earlier) => earlier.zone === zone)?.celsius;
    return `${zone} ${then === undefined ? '' : `${then.toFixed(0)} → `}${celsius.toFixed(0)} °C`;
  });
  return [
    `Machine: ${parts.join(', ')}; ${platform}, Node ${node}`,
    ...(powerMode === undefined ? [] : [`Power mode: ${powerMode.name ?? powerMode.id}`]),
    ...(domains.length === 0 ? [] : [`Clocks: ${domains.map(clockText).join(', ')}`]),
    ...(heat.length === 0 ? [] : [`Temperatures: ${heat.join(', ')}`]),
  ]
    .map((text) => `${wrapped(text, 2)}\n`)
    .join('');
}

function clockText({ name, currentMHz, maxMHz }: ClockDomain): string {
  const now = currentMHz === undefined ? '?' : currentMHz.toFixed(0);
  return `${name} ${now}${maxMHz === undefined ? '' : ` of ${maxMHz.toFixed(0)}`} MHz`;
}

function mib(bytes: number): string {
  return `${Math.round(bytes / 1024 ** 2)} MiB`;
}

/** Lines of at most 80 characters, as far as its words allow; all but the first indented. */
function wrapped(text: string, indent: number): string {
  const [start = '', ...words] = text.split(/(?<=\S) (?=\S)/);
  const lines = [start];
  for (const word of words) {
    const line = `${lines.at(-1)} ${word}`;
    if (line.length <= COLUMNS) lines[lines.length - 1] = line;
    else lines.push(`${' '.repeat(indent)}${word}`);
  }
  return lines.join('\n');
}
