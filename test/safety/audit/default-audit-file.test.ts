import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import { afterEach, expect, it, vi } from 'vitest';
import { defaultAuditFile } from '../../../lib/safety/audit/default-audit-file.js';

afterEach(() => void vi.unstubAllEnvs());

it('names a new log in the state directory of the user and makes nothing', () => {
  vi.stubEnv('XDG_STATE_HOME', '/no-such-directory/state');
  const names = new Set(Array.from({ length: 5 }, defaultAuditFile));
  expect(names.size).toBeGreaterThan(1);
  for (const file of names) {
    expect(path.dirname(file)).toBe('/no-such-directory/state/jetson-vla/audit');
    expect(path.basename(file)).toMatch(/^\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d\.\d{3}Z-\d+-[0-9a-f]{4}\.jsonl$/);
    expect(path.basename(file)).toContain(`-${process.pid}-`);
  }
  expect(existsSync('/no-such-directory')).toBe(false);
});

it.each(['', 'relative/state'])('falls back to the home directory when XDG_STATE_HOME is %j', (value) => {
  vi.stubEnv('XDG_STATE_HOME', value);
  expect(path.dirname(defaultAuditFile())).toBe(path.join(homedir(), '.local/state/jetson-vla/audit'));
});
