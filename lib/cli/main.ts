#!/usr/bin/env node
import { VLAError, type VLAErrorCode } from '../errors.js';
import { packageVersion } from '../native/package-root.js';
import type { Command } from './command.js';

// Loaded one by one, so that a command starts without what the others need.
const COMMANDS: Readonly<Record<string, () => Promise<Command>>> = {
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

process.exitCode = await main(process.argv.slice(2));

async function main([name, ...args]: readonly string[]): Promise<number> {
  if (name === undefined || name === '--help' || name === '-h') {
    process.stdout.write(await overview());
    return 0;
  }
  if (name === '--version') {
    process.stdout.write(`${packageVersion()}\n`);
    return 0;
  }
  const command = Object.hasOwn(ALIASES, name) ? (ALIASES[name] ?? name) : name;
  const load = Object.hasOwn(COMMANDS, command) ? COMMANDS[command] : undefined;
  if (!load) {
    process.stderr.write(`jetson-vla has no command "${name}".\n\n${await overview()}`);
    return 2;
  }
  return await run(await load(), args);
}

async function run(command: Command, args: readonly string[]): Promise<number> {
  if (args.includes('--help') || args.includes('-h')) {
    process.stdout.write(command.help);
    return 0;
  }
  try {
    return (await command.run(args)) ?? 0;
  } catch (error) {
    if (!(error instanceof VLAError)) throw error;
    const { code, message, hint } = error;
    process.stderr.write(`${error}\n`);
    if (args.includes('--json'))
      process.stdout.write(`${JSON.stringify({ error: { code, message, ...(hint && { hint }) } })}\n`);
    return STATUS[code] ?? 1;
  }
}

async function overview(): Promise<string> {
  const lines = await Promise.all(
    Object.entries(COMMANDS).map(async ([name, load]) => `  ${name.padEnd(16)}${(await load()).summary}\n`),
  );
  return `Usage: jetson-vla <command> [options]\n\n${lines.join('')}\n"jetson-vla <command> --help" says more.\n`;
}
