import { z } from 'zod';
import { VLAError } from '../../errors.js';
import { type PythonRun, runPython } from './run-python.js';

/** What the tools in python/ are written for. */
export const OLDEST_PYTHON = '3.10';

export interface Interpreter {
  /** Its own path, which a name such as `python3` or a shim led to. */
  readonly executable: string;
  /** Such as `3.12.3`. */
  readonly version: string;
  /** The version of each package asked for that it has. */
  readonly packages: Readonly<Record<string, string>>;
}

// For any Python there is, so that one that is too old says its version instead of a syntax error. Nothing is imported:
// torch alone would take seconds.
const SCRIPT = `
import json, sys
found = {}
if sys.version_info >= (3, 8):
    from importlib import metadata
    for name in sys.argv[1:]:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            pass
version = ".".join(str(part) for part in sys.version_info[:3])
print(json.dumps({"executable": sys.executable, "version": version, "packages": found}))
`;

const answer = z.object({
  executable: z.string(),
  version: z.string(),
  packages: z.record(z.string(), z.string()),
});

/**
 * Asks an interpreter for its version and for those of `packages`.
 *
 * @throws VLAError PYTHON_UNAVAILABLE when it does not start or is not Python; ABORTED
 */
export async function askInterpreter(
  python: string,
  packages: readonly string[] = [],
  options: Pick<PythonRun, 'env' | 'signal'> = {},
): Promise<Interpreter> {
  const { failure, lines } = await runPython(python, ['-c', SCRIPT, ...packages], options);
  const found = answer.safeParse(failure === undefined ? jsonIn(lines) : undefined);
  if (!found.success)
    throw new VLAError(
      'PYTHON_UNAVAILABLE',
      `"${python}" is no working Python${failure === undefined ? '' : `: it ended with ${failure}`}` +
        lines
          .slice(-5)
          .map((line) => `\n  ${line}`)
          .join(''),
      { hint: `Name a Python ≥ ${OLDEST_PYTHON} with --python FILE or JETSON_VLA_PYTHON.` },
    );
  const { executable } = found.data;
  return { ...found.data, executable: executable === '' ? python : executable };
}

/** A site's own start-up files may print lines around the answer. */
function jsonIn(lines: readonly string[]): unknown {
  for (const line of lines)
    if (line.startsWith('{"executable"'))
      try {
        return JSON.parse(line);
      } catch {
        return undefined;
      }
  return undefined;
}

/**
 * Whether `version` is `oldest` or newer, by the numbers they start with: a vendor's `2.6.0a0+nv25.01` is 2.6.
 */
export function isAtLeast(version: string, oldest: string): boolean {
  const [have, want] = [version, oldest].map((text) =>
    (/^\d+(\.\d+)*/.exec(text)?.[0] ?? '0').split('.').map(Number),
  );
  for (const [at, number] of (want ?? []).entries()) {
    const difference = (have?.[at] ?? 0) - number;
    if (difference !== 0) return difference > 0;
  }
  return true;
}
