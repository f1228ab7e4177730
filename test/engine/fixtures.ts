import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';

/** The path of a model that python/fixtures/models.py writes. */
export function model(name: string): string {
  return fileURLToPath(new URL(`../fixtures/models/${name}.onnx`, import.meta.url));
}

/** The tokenizer that belongs to the models; it lies beside them. */
export const tokenizer = fileURLToPath(new URL('../fixtures/models/tokenizer.json', import.meta.url));

/** What the fixture policies make of their features (mean colours, then the mean token id / 16): 35 values. */
export function referenceActions(features: readonly number[]): number[] {
  return Array.from({ length: 35 }, (_, column) =>
    features.reduce((sum, feature, row) => sum + feature * (((row * 35 + column) % 11) / 10 - 0.5), 0),
  );
}

/** A directory that is removed after the test. */
export async function temporaryDirectory(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'jetson-vla-'));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  return directory;
}

export interface ScriptResult {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs TypeScript source in a Node process of its own; relative imports start from this directory. */
export async function runScript(source: string, nodeFlags: readonly string[] = []): Promise<ScriptResult> {
  const child = spawn(process.execPath, [...nodeFlags, '--import', 'tsx', '--input-type=module', '-'], {
    cwd: fileURLToPath(new URL('.', import.meta.url)),
    env: { ...process.env, NODE_OPTIONS: '' },
    timeout: 30_000,
  });
  onTestFinished(() => {
    child.kill('SIGKILL');
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  child.stdin.end(source);
  await once(child, 'close');
  return { code: child.exitCode, signal: child.signalCode, stdout, stderr };
}
