import { randomBytes } from 'node:crypto';
import { homedir } from 'node:os';
import path from 'node:path';

/**
 * A new name for a log in `$XDG_STATE_HOME/jetson-vla/audit`, or `~/.local/state/jetson-vla/audit` where that variable
 * holds no absolute path: date and time (UTC), process id and four random digits. Makes nothing.
 */
export function defaultAuditFile(): string {
  const given = process.env['XDG_STATE_HOME'];
  const state = given && path.isAbsolute(given) ? given : path.join(homedir(), '.local', 'state');
  const time = new Date().toISOString().replaceAll(':', '-');
  const name = `${time}-${process.pid}-${randomBytes(2).toString('hex')}.jsonl`;
  return path.join(state, 'jetson-vla', 'audit', name);
}
