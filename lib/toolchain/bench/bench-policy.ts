import { readJetsonState } from '../../engine/jetson-state/jetson-state.js';
import type { LoadOptions } from '../../engine/load-options.js';
import { type Machine, thisMachine } from '../../engine/machine.js';
import { VLAError } from '../../errors.js';
import { checkedRate } from '../../robot/fixed-rate.js';
import { comparison } from './comparison.js';
import { describeMachine } from './machine-description.js';
import { MeasuredPolicy, type StageTimes } from './measured-policy.js';
import type { Round } from './median-ratio.js';
import type { ObservationChoice } from './observations.js';
import { ownRateHz, policyReport } from './policy-report.js';
import { type BenchTarget, policyTarget } from './policy-target.js';
import { type BenchReport, type Comparison, isMeasured } from './report.js';
import { scratchAudit } from './scratch-audit.js';
import { stateWarnings } from './state-warnings.js';

export interface BenchOptions
  extends ObservationChoice,
    Pick<LoadOptions, 'backend' | 'precision' | 'threads'> {
  /** Seconds to measure each policy for, loading and warm-up not counted; above 0, 10 by default. */
  readonly durationS?: number;
  /** Seconds to run before that, 0 or more; 1 by default. */
  readonly warmUpS?: number;
  /** The rate of the jitter measurement, Hz; by default the one at which a robot asks the policy. */
  readonly rateHz?: number;
  /** A second policy or `DIR@precision`, measured in turns with the first. */
  readonly compare?: string;
  /** The backend of the second one; the first one's by default. Without `compare` the same policy runs on it. */
  readonly compareBackend?: LoadOptions['backend'];
  /** Ends the measurement early: the report is then of what was measured by then, and says so. */
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: { readonly label: string; readonly fraction?: number }) => void;
  /** For tests. */
  readonly machine?: Machine;
}

/** Shares of the duration. */
const STAGES_SHARE = 0.5;
const THROUGHPUT_SHARE = 0.2;
const RATE_SHARE = 0.3;
/** Turns of each policy, so that what happens on the machine meets both. */
const ROUNDS = 20;
/** What the guards refuse by default: `maxChunkAgeMs`. */
const MAX_CHUNK_AGE_MS = 500;

/**
 * Measures a policy on this machine: each stage from a compressed camera frame to the robot's next trajectory, warm-up,
 * throughput, jitter and memory; or two policies in turns. Nothing moves: the robot is one in memory.
 *
 * @param policy a bundle, `DIR@precision`, or an .onnx or .engine file
 * @throws VLAError what loading throws; INVALID_ARGUMENT for an option out of range, or a question that the policy
 *   does not take; ABORTED when the signal fires before anything is measured
 */
export async function benchPolicy(policy: string, options: BenchOptions = {}): Promise<BenchReport> {
  const { durationS = 10, rateHz, machine = thisMachine(), onProgress = () => {} } = options;
  if (!(durationS > 0 && Number.isFinite(durationS)))
    throw new VLAError('INVALID_ARGUMENT', `the duration must be above 0 s, got ${durationS}`);
  if (rateHz !== undefined) checkedRate(rateHz);
  const signal = options.signal ?? new AbortController().signal;
  const targets = await targetsOf(policy, options);
  const before = readJetsonState(machine);
  using audit = await scratchAudit();
  const policies: MeasuredPolicy[] = [];
  try {
    for (const target of targets) {
      onProgress({ label: `Loading ${target.name}` });
      policies.push(await MeasuredPolicy.load(target, options, audit.log, signal));
      if (signal.aborted) throw new VLAError('ABORTED', 'interrupted before anything was measured');
    }
    const rounds = await measure(policies, { ...options, durationS, onProgress, signal });
    const after = readJetsonState(machine);
    const usesTensorRT = policies.some(({ engine }) => engine.backend === 'tensorrt');
    const description = await describeMachine(machine, usesTensorRT);
    const [ours, theirs] = policies.map((each) => policyReport(each, rateHz ?? ownRateHz(each)));
    if (ours === undefined) throw new TypeError('expected a policy, got none');
    return {
      complete: !signal.aborted,
      durationS,
      machine: description,
      before,
      after,
      policy: ours,
      ...(theirs && { other: theirs, comparison: compare([ours.target, theirs.target], rounds) }),
      warnings: [
        ...stateWarnings(before, after, description.cores),
        ...[ours, theirs].flatMap((report) => (report === undefined ? [] : slowWarning(report))),
      ],
    };
  } finally {
    for (const policy of policies) await policy[Symbol.asyncDispose]();
  }
}

async function targetsOf(policy: string, options: BenchOptions): Promise<readonly BenchTarget[]> {
  const { backend, precision, threads, compare: other, compareBackend } = options;
  const common = { ...(backend && { backend }), ...(threads !== undefined && { threads }) };
  const ours = await policyTarget(policy, { ...common, ...(precision && { precision }) });
  if (other === undefined && compareBackend === undefined) return [ours];
  const theirs = await policyTarget(other ?? policy, {
    ...common,
    ...(compareBackend && { backend: compareBackend }),
    ...(other === undefined && precision && { precision }),
  });
  if (ours.name !== theirs.name) return [ours, theirs];
  // Two names that are the same would make the comparison unreadable.
  const backends = [ours, theirs].map((target) => target.options.backend ?? 'auto');
  const [our = '', their = ''] = new Set(backends).size === 1 ? ['first', 'second'] : backends;
  return [
    { ...ours, name: `${ours.name} (${our})` },
    { ...theirs, name: `${theirs.name} (${their})` },
  ];
}

type Rounds = Readonly<Record<Comparison['stage'], readonly Round[]>>;

/** Whatever was measured when the signal fires stays in the policies and the rounds. */
async function measure(
  policies: readonly MeasuredPolicy[],
  options: BenchOptions & Required<Pick<BenchOptions, 'durationS' | 'onProgress' | 'signal'>>,
): Promise<Rounds> {
  const { durationS, warmUpS = 1, onProgress, signal } = options;
  const infer: Round[] = [];
  const total: Round[] = [];
  try {
    for (const policy of policies) {
      onProgress({ label: `Warming up ${policy.target.name}` });
      await policy.warmUp(warmUpS, signal);
    }
    const stagesS = durationS * STAGES_SHARE;
    const endAt = performance.now() + stagesS * policies.length * 1000;
    for (let round = 0; round === 0 || performance.now() < endAt; round++) {
      onProgress({ label: 'Measuring the stages', fraction: Math.min(1, round / ROUNDS) });
      const [ours, theirs] = await takeTurns(policies, round, (policy) =>
        policy.runStages(stagesS / ROUNDS, signal),
      );
      infer.push({ ours: ours?.infer ?? [], theirs: theirs?.infer ?? [] });
      total.push({ ours: ours?.total ?? [], theirs: theirs?.total ?? [] });
    }
    for (const policy of policies) {
      onProgress({ label: `Measuring the throughput of ${policy.target.name}` });
      await policy.runBackToBack(durationS * THROUGHPUT_SHARE, signal);
      const rateHz = options.rateHz ?? ownRateHz(policy);
      onProgress({ label: `Measuring the jitter of ${policy.target.name}` });
      await policy.runAtRate(rateHz, durationS * RATE_SHARE, signal);
    }
  } catch (error) {
    if (!signal.aborted || !(error instanceof VLAError && error.code === 'ABORTED')) throw error;
  }
  return { infer, total };
}

/** Every other round the second one goes first. */
async function takeTurns(
  policies: readonly MeasuredPolicy[],
  round: number,
  turn: (policy: MeasuredPolicy) => Promise<Pick<StageTimes, 'infer' | 'total'>>,
): Promise<Pick<StageTimes, 'infer' | 'total'>[]> {
  const order = round % 2 === 0 ? policies : policies.toReversed();
  const results = [];
  for (const policy of order) results.push(await turn(policy));
  return round % 2 === 0 ? results : results.reverse();
}

function compare(names: readonly [string, string], rounds: Rounds): Comparison[] {
  return [comparison('infer', names, rounds.infer), comparison('total', names, rounds.total)];
}

function slowWarning({ target, stages: { total } }: BenchReport['policy']): string[] {
  if (!isMeasured(total) || total.p99 <= MAX_CHUNK_AGE_MS) return [];
  return [
    `${target} takes ${total.p99.toFixed(0)} ms (p99), and the guards refuse chunks older than ${MAX_CHUNK_AGE_MS} ms by default: raise maxChunkAgeMs, or make it faster`,
  ];
}
