import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { VLA_ERROR_CODES } from '../lib/errors.js';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const PAGES = [
  'README.md',
  'CONTRIBUTING.md',
  'CHANGELOG.md',
  'docs/tensorrt.md',
  'docs/performance.md',
  'docs/policy-bundle.md',
];
const EXAMPLES = ['README.md', 'docs/tensorrt.md'];

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
import { buildEngine, type CameraFrame, type CollisionChecker, ImagePreprocessor, JetsonVLAEngine, type JointLimits,
  type Robot, SafeVLAExecutor, TensorRTEngine } from 'jetson-vla';
void [buildEngine, ImagePreprocessor, JetsonVLAEngine, SafeVLAExecutor, TensorRTEngine];
declare function connectRobot(): Promise<Robot>;
declare const collision: CollisionChecker;
declare const limits: readonly JointLimits[];
declare const frame: CameraFrame;
declare const signal: AbortSignal;
`;
