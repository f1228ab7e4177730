import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import type { Machine } from './machine.js';

/** `$JETSON_VLA_CACHE_DIR`, else `jetson-vla` in `$XDG_CACHE_HOME` or `~/.cache`. */
export function cacheDirectory({ env }: Machine): string {
  const chosen = env['JETSON_VLA_CACHE_DIR'];
  if (chosen) return chosen;
  const xdg = env['XDG_CACHE_HOME'];
  // The XDG specification has relative paths ignored.
  return join(xdg && isAbsolute(xdg) ? xdg : join(env['HOME'] ?? homedir(), '.cache'), 'jetson-vla');
}
