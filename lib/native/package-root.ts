import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';

/** The directory of package.json. lib/native/ and dist/native/ lie equally deep in it. */
export const packageRoot: string = fileURLToPath(new URL('../../', import.meta.url));

/** Such as `0.1.0`. */
export function packageVersion(): string {
  const text = readFileSync(`${packageRoot}package.json`, 'utf8');
  return z.object({ version: z.string() }).parse(JSON.parse(text)).version;
}
