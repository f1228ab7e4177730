import { readFileSync } from 'node:fs';
import path from 'node:path';

/** A text that stands exactly once in a file, and what takes its place. */
export interface Edit {
  /** Path in the repository. */
  readonly file: string;
  readonly cut: string;
  readonly instead: string;
}

/** A guard, or one condition of a guard, that is taken out. */
export interface Mutant extends Edit {
  readonly name: string;
  /** Test files of which one has to fail then. */
  readonly tests: readonly string[];
}

const PIPELINE = 'test/safety/guard-pipeline.test.ts';
const TICK = 'test/safety/tick-verdict.test.ts';
const MOTION = 'test/safety/safe-motion.test.ts';
const TAKE_OVER = 'test/safety/take-over.test.ts';
const CURVE = 'test/trajectory/curve-bounds.test.ts';

interface Cut {
  readonly name: string;
  readonly cut: string;
  readonly instead: string;
}

/** A condition that never holds any more. */
function never(name: string, condition: string): Cut {
  return { name, cut: `if (${condition})`, instead: 'if (false)' };
}

/** A text that is left out. */
function without(name: string, cut: string): Cut {
  return { name, cut, instead: '' };
}

function inFile(file: string, tests: readonly string[], ...cuts: readonly Cut[]): Mutant[] {
  return cuts.map((cut) => ({ file, tests, ...cut }));
}

/** One mutant for each entry that a list of guards has now: none can be forgotten. */
function inList(root: string, file: string, list: string): Mutant[] {
  const source = readFileSync(path.join(root, file), 'utf8');
  const found = new RegExp(`export const ${list}: [^=]*= \\[([^\\]]*)\\]`).exec(source);
  const cut = found?.[0];
  const names = found?.[1]?.split(',').map((name) => name.trim()) ?? [];
  const guards = names.filter((name) => name !== '');
  if (cut === undefined || guards.length === 0) throw new Error(`${file} has no list ${list}`);
  return guards.map((guard) => {
    const kept = guards.filter((name) => name !== guard);
    return {
      name: `${list} without ${guard}`,
      file,
      tests: [PIPELINE],
      cut,
      instead: `${cut.slice(0, cut.lastIndexOf('['))}[${kept.join(', ')}]`,
    };
  });
}

/** Everything that must not go unnoticed when it is gone. */
export function allMutants(root: string): readonly Mutant[] {
  const guard = (name: string, ...cuts: readonly Cut[]) =>
    inFile(`lib/safety/guards/${name}.ts`, [`test/safety/guards/${name}.test.ts`], ...cuts);
  return [
    ...inList(root, 'lib/safety/admission-guards.ts', 'ADMISSION_GUARDS'),
    ...inList(root, 'lib/safety/waypoint-guards.ts', 'WAYPOINT_GUARDS'),
    ...inList(root, 'lib/safety/curve-guards.ts', 'CURVE_GUARDS'),

    ...inFile(
      'lib/trajectory/limit-check.ts',
      [CURVE],
      without('dynamics: position', 'if (!inside && !this.#positions(index, joint, upper, lower)) return;'),
      never('dynamics: velocity', '!v'),
      never('dynamics: acceleration', '!a'),
      never('dynamics: jerk', '!j'),
      never('dynamics: braking distance before an upper limit', '!farUp'),
      never('dynamics: braking distance before a lower limit', '!farDown'),
    ),
    ...inFile(
      'lib/safety/guard-pipeline.ts',
      [PIPELINE],
      never('dynamics: smallest pace that guards may ask for', 'objection.maxScale < config.minTimeScale'),
      {
        name: 'collision: stop inside the braking envelope',
        cut: "untilS < brakingS ? 'stop' : 'reject'",
        instead: "'reject'",
      },
      {
        name: 'structure: three in a row stop',
        cut: 'const objections = [...admission, ...rejects.reasons];',
        instead: 'const objections = admission;',
      },
    ),

    ...guard(
      'observation',
      {
        name: 'observation: image from the future',
        cut: "if (age < -maxFutureMs)\n    reject(\n      'future-stamp'",
        instead: "if (false)\n    reject(\n      'future-stamp'",
      },
      never('observation: stale image', '!(idle <= maxImageAgeMs)'),
      never('observation: repeated stamp', 'last.capturedAt !== null && !(capturedAt > last.capturedAt)'),
      {
        name: 'observation: joints from the future',
        cut: "if (age < -maxFutureMs)\n    return reject(\n      'joints-future'",
        instead: "if (false)\n    return reject(\n      'joints-future'",
      },
      never('observation: stale joints', '!(age <= maxJointAgeMs)'),
    ),
    ...guard(
      'frozen-frame',
      never('frozen frame: the arm has moved', '!(moved <= VISIBLE_MOTION)'),
      never('frozen frame: too often', 'maxIdenticalFrames !== null && count > maxIdenticalFrames'),
    ),
    ...guard(
      'chunk-age',
      never('chunk age: stale', '!(age <= maxChunkAgeMs)'),
      never(
        'chunk age: order',
        '!Number.isFinite(sequence) || (last.sequence !== null && !(sequence > last.sequence))',
      ),
      never('chunk age: before the reset', 'last.resetAtMs !== null && !(capturedAt > last.resetAtMs)'),
    ),
    ...guard(
      'elapsed-waypoints',
      without(
        'elapsed: drop what has passed',
        'while (first < count && !isAhead(progress + first - atProgress, leastAhead)) first++;',
      ),
    ),
    ...guard(
      'start-continuity',
      never('start: gap to the measured state', 'gap !== undefined'),
      never('start: jump to the first waypoint', 'jump !== undefined'),
    ),
    ...guard(
      'position-limits',
      never('positions: cut what is far outside', 'outside !== undefined'),
      never('positions: values that are no numbers', '!Number.isFinite(value)'),
    ),
    ...guard('clamp-to-limits', {
      name: 'positions: clamp',
      cut: '    return limit;\n  });',
      instead: '    return value;\n  });',
    }),
    ...guard(
      'structure',
      {
        name: 'structure: shape',
        cut: 'chunkShape !== null &&',
        instead: 'false &&',
      },
      without('structure: joints', 'checkJoints(chunk, jointNames);'),
      without('structure: finite waypoints', 'checkFiniteWaypoints(waypoints, jointNames);'),
      {
        name: 'structure: count of refusals',
        cut: 'if (count < REJECTS_BEFORE_STOP)',
        instead: 'if (true)',
      },
    ),
    ...guard(
      'gripper-hysteresis',
      {
        name: 'gripper: hysteresis when closing',
        cut: 'if (value > gripperCloseAbove) return true;',
        instead: 'if (value > 0.5) return true;',
      },
      {
        name: 'gripper: hysteresis when opening',
        cut: 'value < gripperOpenBelow ? false : closed',
        instead: 'value <= 0.5 ? false : closed',
      },
      {
        name: 'gripper: dwell',
        cut: 'const heldOff = wantsChange && !(sinceS >= gripperDwellS);',
        instead: 'const heldOff = false;',
      },
      {
        name: 'gripper: NaN holds',
        cut: 'if (value === null || !Number.isFinite(value)) return closed;',
        instead: 'if (value === null) return closed;',
      },
    ),
    ...guard(
      'latch',
      never('latch: refuse while a cause stands', 'cause !== undefined'),
      {
        name: 'latch: the first reason stays',
        cut: 'return state.latched === null ? { ...state, latched: { reason, atMs } } : state;',
        instead: 'return { ...state, latched: { reason, atMs } };',
      },
      never('latch: time of the reset', '!Number.isFinite(nowMs)'),
    ),
    ...guard(
      'tracking',
      {
        name: 'tracking: within tolerance',
        cut: 'if (worst === undefined) return [];',
        instead: 'if (true) return [];',
      },
      {
        name: 'tracking: stricter at the goal',
        cut: 'atGoal ? goalTolerance : pathTolerance;',
        instead: 'pathTolerance;',
      },
    ),

    ...inFile(
      'lib/safety/tick-verdict.ts',
      [TICK],
      never('tick: tracking', 'lost.length > 0'),
      never('tick: age of the joints', 'unseen !== undefined'),
      never('tick: age of the scene', 'stale !== undefined'),
      never('tick: contact ahead', 'touching'),
      { name: 'tick: distance', cut: 'if (allowed >= 1) return FULL_PACE;', instead: 'return FULL_PACE;' },
      {
        name: 'tick: only what comes nearer slows',
        cut: 'const allowed = approaching ? ',
        instead: 'const allowed = true ? ',
      },
      {
        name: 'tick: a crawl is a stop',
        cut: 'const pace = allowed < config.minTimeScale ? 0 : allowed;',
        instead: 'const pace = allowed;',
      },
    ),

    ...inFile(
      'lib/safety/safe-motion.ts',
      [MOTION],
      {
        name: 'audit: recorded before it is sent',
        cut: "await this.#record('decision', { input, answers, output: verdict });\n    for",
        instead: 'for',
      },
      {
        name: 'audit: what a tick decides is recorded',
        cut: "await this.#obey(verdict, () => this.#record('decision', { input, answers, output: verdict }));",
        instead: 'await this.#obey(verdict, async () => {});',
      },
      {
        name: 'watchdog: a beat in each tick',
        cut: 'if (watchdog !== undefined && !watchdog.beat())',
        instead: 'if (false)',
      },
      without('watchdog: armed before a motion', 'this.#options.watchdog?.arm();'),
      never('watchdog: a trip stops', 'watchdog?.tripped !== undefined'),
      {
        name: 'latch: a stop sends nothing',
        cut: 'if (this.#latchError !== undefined) return this.#stopped(startedAt, verdict);\n    const moved',
        instead: 'const moved',
      },
      never('late: the motion has gone past where the new one takes over', 'late'),
      {
        name: "tracking: the robot's own stop",
        cut: "['tracking', 'robot', 'watchdog']",
        instead: '[]',
      },
    ),
    ...inFile(
      'lib/safety/robot-motion.ts',
      [TAKE_OVER],
      {
        name: "latch: nothing goes on after the robot's own stop",
        cut: 'if (last === undefined || !this.busy) return;',
        instead: 'if (last === undefined) return;',
      },
      {
        name: 'late: a motion from rest starts when it is sent',
        cut: 'Math.max(plannedMs, nowMs + this.#options.startDelayMs)',
        instead: 'plannedMs',
      },
    ),
  ];
}
