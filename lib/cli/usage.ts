import { type ParseArgsConfig, parseArgs } from 'node:util';
import { VLAError } from '../errors.js';
import { nearestName } from './nearest-name.js';

/** What a command was called with is wrong: ends the program with status 2. */
export function usageError(command: string, message: string, cause?: unknown): VLAError {
  return new VLAError('INVALID_ARGUMENT', message, {
    hint: `jetson-vla ${command} --help`,
    ...(cause !== undefined && { cause }),
  });
}

type Options = NonNullable<ParseArgsConfig['options']>;

/** What `parseArgs` makes of these options, with positionals. */
export type CommandLine<T extends Options> = ReturnType<
  typeof parseArgs<{ args: string[]; allowPositionals: true; options: T }>
>;

/** `parseArgs` with positionals, whose complaints become usage errors of the command. */
export function parseCommandLine<T extends Options>(
  command: string,
  args: readonly string[],
  options: T,
): CommandLine<T> {
  try {
    return parseArgs({ args: [...args], allowPositionals: true, options });
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    const unknown = /^Unknown option '(-[^']*)'/.exec(message)?.[1];
    throw usageError(command, unknown === undefined ? message : noSuchOption(unknown, options), error);
  }
}

function noSuchOption(option: string, options: Options): string {
  const meant = nearestName(
    option,
    Object.keys(options).map((name) => `--${name}`),
  );
  return `there is no option ${option}${meant === undefined ? '' : `; did you mean ${meant}?`}`;
}

/** @throws VLAError INVALID_ARGUMENT for text that is no whole number in the range */
export function wholeNumber(
  command: string,
  option: string,
  text: string,
  least: number,
  most: number = Number.MAX_SAFE_INTEGER,
): number {
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (value >= least && value <= most) return value;
  const range = most === Number.MAX_SAFE_INTEGER ? `from ${least}` : `from ${least} to ${most}`;
  throw usageError(command, `--${option}: expected a whole number ${range}, got ${text}`);
}

/** @throws VLAError INVALID_ARGUMENT for text that is no number of at least `least` */
export function atLeast(command: string, option: string, text: string, least: number): number {
  const value = text.trim() === '' ? Number.NaN : Number(text);
  if (Number.isFinite(value) && value >= least) return value;
  throw usageError(command, `--${option}: expected a number of at least ${least}, got ${text}`);
}

/** @throws VLAError INVALID_ARGUMENT for anything else than one of the choices */
export function oneOf<T extends string>(
  command: string,
  option: string,
  text: string,
  choices: readonly T[],
): T {
  const found = choices.find((choice) => choice === text);
  if (found !== undefined) return found;
  throw usageError(command, `--${option}: expected ${choices.join(', ')}, got ${text}`);
}
