import type { z } from 'zod';

type Path = readonly PropertyKey[];

/** One line of a manifest error, and whether it is a value from a newer schema rather than a mistake. */
export interface ManifestProblem {
  readonly line: string;
  readonly unsupported: boolean;
}

/** Writes a path as in JavaScript: `inputs.cameras[0].color`. */
export function formatPath(path: Path): string {
  const text = path
    .map((key) => {
      if (typeof key === 'number') return `[${key}]`;
      const name = String(key);
      return /^[\w$-]+$/.test(name) ? `.${name}` : `[${JSON.stringify(name)}]`;
    })
    .join('')
    .replace(/^\./, '');
  return text === '' ? 'manifest' : text;
}

/** A value as it stands in the JSON file, cut to a line. */
export function describe(value: unknown): string {
  if (value === undefined) return 'nothing';
  const text = typeof value === 'number' ? String(value) : JSON.stringify(value);
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}

/** The value at `path` in parsed JSON; undefined where there is none. */
function valueAt(json: unknown, path: Path): unknown {
  let value = json;
  for (const key of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined;
    value = Reflect.get(value, key);
  }
  return value;
}

const TYPE_NAMES: Readonly<Record<string, string>> = {
  int: 'an integer',
  number: 'a finite number',
  string: 'a string',
  boolean: 'true or false',
  array: 'a list',
  tuple: 'a list',
  object: 'an object',
  record: 'an object',
};

function oneOf(values: readonly unknown[]): string {
  const list = values.map((value) => JSON.stringify(value)).join(', ');
  return values.length === 1 ? list : `one of ${list}`;
}

function bound(issue: z.core.$ZodIssueTooSmall | z.core.$ZodIssueTooBig): string {
  const limit = issue.code === 'too_small' ? issue.minimum : issue.maximum;
  const exclusive = issue.inclusive === false;
  const words =
    issue.code === 'too_small' ? (exclusive ? 'more than' : 'at least') : exclusive ? 'less than' : 'at most';
  return issue.origin === 'array' ? `${words} ${limit} items` : `a number that is ${words} ${limit}`;
}

function expectation(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case 'invalid_type':
      return TYPE_NAMES[issue.expected] ?? issue.expected;
    case 'too_small':
    case 'too_big':
      return bound(issue);
    default: {
      const valid = choices(issue);
      return valid === undefined ? issue.message : oneOf(valid);
    }
  }
}

/** The values that would have been valid; undefined where the issue is not about a choice. */
function choices(issue: z.core.$ZodIssue): readonly unknown[] | undefined {
  if (issue.code === 'invalid_value') return issue.values;
  return issue.code === 'invalid_union' && 'options' in issue && Array.isArray(issue.options)
    ? issue.options
    : undefined;
}

/** Whether the value is of the right type but not among the values that this version knows. */
function isUnknownChoice(issue: z.core.$ZodIssue, value: unknown): boolean {
  return choices(issue)?.some((choice) => typeof choice === typeof value) ?? false;
}

/** Turns a validation issue into one line: `path: expected X, got Y`. */
export function describeIssue(issue: z.core.$ZodIssue, json: unknown): ManifestProblem {
  const path = formatPath(issue.path);
  // Cross-field checks word the whole line, because what they got is not the value at the path.
  if (issue.code === 'custom' && issue.message.startsWith('expected '))
    return { line: `${path}: ${issue.message}`, unsupported: false };
  const value = valueAt(json, issue.path);
  const given =
    Array.isArray(value) && issue.code.startsWith('too_') ? `${value.length} items` : describe(value);
  return {
    line: `${path}: expected ${expectation(issue)}, got ${given}`,
    unsupported: isUnknownChoice(issue, value),
  };
}

/** Paths of the keys that are in `json` but that the schema dropped. */
export function unknownKeys(json: unknown, parsed: unknown, path: Path = []): string[] {
  if (Array.isArray(json) && Array.isArray(parsed))
    return json.flatMap((entry, index) => unknownKeys(entry, parsed[index], [...path, index]));
  if (!isObject(json) || !isObject(parsed)) return [];
  return Object.keys(json).flatMap((key) =>
    Object.hasOwn(parsed, key)
      ? unknownKeys(Reflect.get(json, key), Reflect.get(parsed, key), [...path, key])
      : [formatPath([...path, key])],
  );
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
