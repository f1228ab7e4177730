import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { VLA_ERROR_CODES } from '../lib/errors.js';
import { safetyConfig } from '../lib/safety/safety-config.js';
import { GUARD_NAMES } from '../lib/safety/verdict.js';
import { reasonError } from '../lib/safety/verdict-error.js';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const PAGES = [
  'README.md',
  'CONTRIBUTING.md',
  'CHANGELOG.md',
  'docs/tensorrt.md',
  'docs/performance.md',
  'docs/policy-bundle.md',
  'docs/safety.md',
  'docs/control.md',
  'docs/limits.md',
  'docs/watchdog.md',
  'docs/audit.md',
  'docs/ros.md',
  'docs/from-checkpoint-to-robot.md',
];
const EXAMPLES = [
  'README.md',
  'docs/tensorrt.md',
  'docs/safety.md',
  'docs/control.md',
  'docs/limits.md',
  'docs/watchdog.md',
  'docs/audit.md',
  'docs/ros.md',
  'docs/from-checkpoint-to-robot.md',
];

/** Where environment variables and build options are read. */
const READERS = [
  'CMakeLists.txt',
  'bench/gpu/run.sh',
  ...filesOf('native/cmake'),
  ...filesOf('lib'),
  ...filesOf('test/native'),
];

function filesOf(folder: string): string[] {
  return readdirSync(path.join(ROOT, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(ROOT, path.join(entry.parentPath, entry.name)));
}

const read = (page: string) => readFileSync(path.join(ROOT, page), 'utf8');
const all = (text: string, pattern: RegExp) => [...text.matchAll(pattern)].map((match) => match[1] ?? '');

/** As GitHub makes them from headings. */
function anchors(page: string): string[] {
  return all(read(page), /^#+ (.*)$/gm).map((heading) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );
}

describe.each(PAGES)('%s', (page) => {
  it('links to files and headings that are there', () => {
    for (const link of all(read(page), /\]\((?!https?:)([^)]+)\)/g)) {
      const [file = '', anchor] = link.split('#');
      const target = file === '' ? page : path.join(path.dirname(page), file);
      expect(existsSync(path.join(ROOT, target)), link).toBe(true);
      if (anchor !== undefined) expect(anchors(target), link).toContain(anchor);
    }
  });

  it('names scripts, benchmarks and error codes that exist', () => {
    const text = read(page);
    const { scripts } = JSON.parse(read('package.json'));
    for (const script of all(text, /npm run (?:-s )?([\w:-]+)/g))
      expect(Object.keys(scripts)).toContain(script);
    const benches = all(read('bench/run.ts'), /^ {2}'?([\w-]+)'?: async \(\)/gm);
    for (const name of all(text, /npm run bench -- ([a-z-]+)/g)) expect(benches).toContain(name);
    for (const name of all(text, /\b(?:VLAError |\| `)([A-Z]+_[A-Z_]+)`/g).filter(
      (it) => !it.startsWith('JETSON_VLA'),
    ))
      expect(Object.keys(VLA_ERROR_CODES)).toContain(name);
  });

  it('names environment variables and build options that something reads', () => {
    const code = READERS.map(read).join('\n');
    const named = all(read(page), /\b(JETSON_VLA_[A-Z_]+)\b/g);
    expect(named.filter((name) => !code.includes(name))).toEqual([]);
  });

  it('names no place of the machine that it was written on', () => {
    expect(read(page)).not.toMatch(/(?<![\w.])\/(?:work|root|home)\//);
  });
});

describe('the guards of docs/safety.md', () => {
  const rows = all(read('docs/safety.md'), /^\|(.*)\|$/gm)
    .map((row) => row.split('|').map((cell) => cell.trim()))
    .filter((cells) => cells.length === 4)
    .map(([guard = '', , option = '', kinds = '']) => ({ guard, option, kinds }));

  it('are all there', () => {
    const named = rows.flatMap(({ guard }) => all(guard, /^`([\w-]+)`/g));
    expect([...new Set(named)].sort()).toEqual([...GUARD_NAMES].sort());
  });

  it('have the error codes of the code', () => {
    for (const guard of GUARD_NAMES) {
      const cells = rows.map((row) => row.guard).filter((cell) => cell.startsWith(`\`${guard}\``));
      const { code } = reasonError({ guard, outcome: 'reject', kind: '', message: '' });
      expect(cells, guard).toContain(`\`${guard}\` ${code}`);
    }
  });

  it('have the options and defaults of the code', () => {
    const limits = [{ name: 'a', min: -1, max: 1, velocity: 1 }];
    const kinematics = { reach: [1], pointNames: ['tool'], points: () => [[0, 0, 0] as const] };
    const defaults = new Map(Object.entries(safetyConfig({ limits, kinematics }, ['a'])));
    const stated = rows.flatMap(({ option }) => [...option.matchAll(/`(\w+)` ([\d.]+)/g)]);
    const ours = stated.filter(([, name = '']) => defaults.has(name));
    expect(ours.map(([, name, value]) => [name, Number(value)])).toEqual(
      ours.map(([, name = '']) => [name, defaults.get(name)]),
    );
    const numbers = [...defaults].filter(([, value]) => typeof value === 'number').map(([name]) => name);
    expect(ours.map(([, name]) => name)).toEqual(expect.arrayContaining(numbers));
    const executor = read('lib/safety/safe-vla-executor.ts');
    for (const [, name = ''] of stated.filter(([, name = '']) => !defaults.has(name)))
      expect(executor, name).toContain(`readonly ${name}?:`);
  });

  it('give reasons with the words of the code', () => {
    const code = filesOf('lib/safety').concat(filesOf('lib/trajectory')).map(read).join('\n');
    const kinds = rows.flatMap((row) => all(row.kinds, /`([a-z][a-z-]+)`/g));
    expect(kinds.length).toBeGreaterThan(40);
    expect(kinds.filter((kind) => !code.includes(`'${kind}'`))).toEqual([]);
  });
});

it('docs/safety.md names every file of fault tests', () => {
  const named = all(read('docs/safety.md'), /`([\w-]+\.test\.ts)`/g);
  const files = readdirSync(path.join(ROOT, 'test/safety/faults')).filter((file) =>
    file.endsWith('.test.ts'),
  );
  expect(named.sort()).toEqual(files.sort());
});

it('shows examples that compile', { timeout: 120_000 }, () => {
  const { config } = ts.readConfigFile(path.join(ROOT, 'tsconfig.json'), ts.sys.readFile);
  const { options } = ts.parseJsonConfigFileContent({ ...config, files: [], include: [] }, ts.sys, ROOT);
  const sources = new Map(
    EXAMPLES.flatMap((page) =>
      all(read(page), /^```ts\n(.*?)^```/gms).map((code, at): [string, string] => [
        path.join(ROOT, `${page}.${at}.ts`),
        `${PRELUDE}{\n${code.replace(/^import .*\n/gm, '')}}\nexport {};`,
      ]),
    ),
  );
  const host = ts.createCompilerHost(options);
  const { getSourceFile, fileExists, readFile } = host;
  host.fileExists = (file) => sources.has(file) || fileExists(file);
  host.readFile = (file) => sources.get(file) ?? readFile(file);
  host.getSourceFile = (file, target) => {
    const text = sources.get(file);
    return text === undefined ? getSourceFile(file, target) : ts.createSourceFile(file, text, target);
  };
  const program = ts.createProgram([...sources.keys()], options, host);
  const problems = [...sources.keys()].flatMap((file) => {
    const source = program.getSourceFile(file);
    return [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)].map(
      ({ messageText }) =>
        `${path.relative(ROOT, file)}: ${ts.flattenDiagnosticMessageText(messageText, ' ')}`,
    );
  });
  expect(sources.size).toBeGreaterThan(3);
  expect(problems).toEqual([]);
});

/** What the examples take for granted. */
const PRELUDE = `
import { type ActionChunk, buildEngine, type Camera, type CameraFrame, ChunkScheduler, type CollisionChecker,
  describeLimits, type Gripper, ImagePreprocessor, JetsonVLAEngine, type JointLimits, type JointTrajectory,
  loadJointLimits, observationLine, pickSucceeds, type Robot, SafeVLAExecutor, systemClock, TensorRTEngine, TrajectoryPlayer,
  Watchdog } from 'jetson-vla';
import { appendFile } from 'node:fs/promises';
import { MujocoCollisionModel } from 'jetson-vla/mujoco';
import { loadRclnodejs, RosNode, RosRobot, VLANode } from 'jetson-vla/ros';
declare function connectRobot(): Promise<Robot>;
/** The driver of somebody's arm. */
declare class ArmDriver {
  setPositions(positions: readonly number[]): Promise<void>;
  read(): Promise<{ positions: number[]; velocities: number[]; ageMs: number }>;
  halt(): Promise<void>;
}
declare const engine: JetsonVLAEngine;
declare const robot: Robot;
declare const executor: SafeVLAExecutor;
declare const chunk: ActionChunk;
declare const instruction: string;
declare const collision: CollisionChecker;
declare const limits: readonly JointLimits[];
declare const frame: CameraFrame;
declare const signal: AbortSignal;
`;
