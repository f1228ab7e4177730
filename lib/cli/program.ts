import { VLAError, type VLAErrorCode } from '../errors.js';
import { packageVersion } from '../native/package-root.js';
import type { Command } from './command.js';
import { nearestName } from './nearest-name.js';

/** Loaded one by one, so that a command starts without what the others need. */
export const COMMANDS: Readonly<Record<string, () => Promise<Command>>> = {
  audit: async () =>
    (await import('./audit.js')).auditCommand(
      async () => (await import('../safety/replay-decision.js')).replayDecision,
    ),
  bench: async () => (await import('./bench.js')).benchCommand,
  build: async () => (await import('./build.js')).buildCommand,
  'build-native': async () => (await import('./build-native.js')).buildNativeCommand,
  compare: async () => (await import('./compare.js')).compareCommand,
  doctor: async () => (await import('./doctor.js')).doctorCommand,
  export: async () => (await import('./export.js')).exportCommand,
  inspect: async () => (await import('./inspect.js')).inspectCommand,
  quantise: async () => (await import('./quantise.js')).quantiseCommand,
  ros: async () => (await import('./ros.js')).rosCommand,
  'setup-jetson': async () => (await import('./setup-jetson.js')).setupJetsonCommand,
};

/** Other spellings of commands. */
const ALIASES: Readonly<Record<string, string>> = { quantize: 'quantise' };

/** What a script may want to tell apart; every other error is 1. 130 is what shells report after Ctrl-C. */
const STATUS: Partial<Record<VLAErrorCode, number>> = {
  INVALID_ARGUMENT: 2,
  ACCURACY_LOST: 3,
  GOLDEN_MISMATCH: 3,
  ABORTED: 130,
};

const HELP: ReadonlySet<string> = new Set(['--help', '-h']);

/**
 * Runs `jetson-vla` with these arguments.
 *
 * @returns its exit status
 */
export async function runProgram(args: readonly string[]): Promise<number> {
  const [first, ...rest] = args;
  // `help bench` and `bench --help` are the same.
  const [name, ...options] = first === 'help' ? [...rest, '--help'] : args;
  if (name === undefined || name === 'help' || HELP.has(name)) {
    process.stdout.write(await overview());
    return 0;
  }
  if (name === '--version') {
    process.stdout.write(`${packageVersion()}\n`);
    return 0;
  }
  const command = Object.hasOwn(ALIASES, name) ? (ALIASES[name] ?? name) : name;
  const load = Object.hasOwn(COMMANDS, command) ? COMMANDS[command] : undefined;
  if (load) return await run(await load(), options);
  return report(unknownCommand(name), options);
}

async function run(command: Command, args: readonly string[]): Promise<number> {
  if (args.some((arg) => HELP.has(arg))) {
    process.stdout.write(command.help);
    return 0;
  }
  try {
    return (await command.run(args)) ?? 0;
  } catch (error) {
    return report(error, args);
  }
}

/** Anything but a VLAError is a mistake in this program: its stack is what whoever mends it needs. */
function report(error: unknown, args: readonly string[]): number {
  const isExpected = error instanceof VLAError;
  const message = error instanceof Error ? error.message : String(error);
  process.stderr.write(`${isExpected || !(error instanceof Error) ? error : (error.stack ?? `${error}`)}\n`);
  if (args.includes('--json')) {
    const { code, hint } = isExpected ? error : { code: 'UNEXPECTED', hint: undefined };
    process.stdout.write(`${JSON.stringify({ error: { code, message, ...(hint && { hint }) } })}\n`);
  }
  return (isExpected && STATUS[error.code]) || 1;
}

function unknownCommand(name: string): VLAError {
  const names = Object.keys(COMMANDS);
  const meant = nearestName(name, [...names, ...Object.keys(ALIASES), 'help']);
  return new VLAError('INVALID_ARGUMENT', `jetson-vla has no command "${name}"`, {
    hint: meant === undefined ? `One of ${names.join(', ')}; jetson-vla --help` : `Did you mean ${meant}?`,
  });
}

async function overview(): Promise<string> {
  const lines = await Promise.all(
    Object.entries(COMMANDS).map(async ([name, load]) => `  ${name.padEnd(16)}${(await load()).summary}\n`),
  );
  return `Usage: jetson-vla <command> [options]\n\n${lines.join('')}\n"jetson-vla help <command>" or "jetson-vla <command> --help" says more; --version tells the version.\n`;
}
