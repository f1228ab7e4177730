import { VLAError } from '../../errors.js';
import type { ToolProgress } from './python-tool.js';

/** Packages are found and fetched one by one, which is most of the time; all are unpacked at once. */
const FETCHING = 0.8;
const LINES_SHOWN = 8;
/** What pip repeats about the sites it was told of, which drowns what failed. */
const NOISE = /^(WARNING|DEPRECATION|\[notice\])/;

/**
 * Turns the lines that `pip install` prints into progress.
 *
 * @param count of packages that are going to be installed, as far as is known
 */
export function pipProgress(
  count: number,
  onProgress: (progress: ToolProgress) => void,
): (line: string) => void {
  const seen = new Set<string>();
  const show = (label: string, name: string) => {
    // The one that is being fetched is not there yet.
    onProgress({ label, fraction: FETCHING * Math.min(1, seen.size / count) });
    seen.add(name.toLowerCase().replaceAll(/[-_.]+/g, '-'));
  };
  return (line) => {
    const [, name] = /^Collecting ([\w.-]+)/.exec(line) ?? [];
    const [, wheel, version] =
      /^\s*(?:Downloading|Using cached|Processing) (?:\S*\/)?(\w+)-([^-\s/]+)-\S+\.whl(?= |$)/.exec(line) ??
      [];
    const [, size] = /\(([\d.]+ [kMG]?B)\)/.exec(line) ?? [];
    const [, all] = /^Installing collected packages: (.+)/.exec(line) ?? [];
    if (name !== undefined) show(`Finding ${name}`, name);
    else if (wheel !== undefined) show(`Fetching ${wheel} ${version}${size ? ` (${size})` : ''}`, wheel);
    else if (all !== undefined)
      onProgress({ label: `Installing ${all.split(',').length} packages`, fraction: FETCHING });
    else if (line.startsWith('Successfully installed'))
      onProgress({ label: 'The Python environment is ready', fraction: 1 });
  };
}

/** Why `pip install` ended with `failure`, from what it printed. */
export function pipError(failure: string, lines: readonly string[]): VLAError {
  const text = lines.join('\n');
  if (/No space left on device|Errno 28|Disk quota exceeded|Errno 122/.test(text))
    return new VLAError('WRITE_FAILED', 'the disk is full: the Python packages do not fit', {
      hint: 'Free some space: PyTorch takes about 1.2 GB, and several with its CUDA libraries. Nothing was left behind.',
    });
  if (
    /NewConnectionError|NameResolutionError|Temporary failure in name resolution|Network is unreachable|ConnectTimeout|Read timed out|ProxyError|SSLError|Connection (refused|reset)/i.test(
      text,
    )
  )
    return new VLAError('PYTHON_UNAVAILABLE', `pip cannot reach the package index:\n${tail(lines)}`, {
      hint: 'Check the network and PIP_INDEX_URL, or name a Python that has the packages with --python FILE.',
    });
  const [, wanted] = /No matching distribution found for (\S+)/.exec(text) ?? [];
  if (wanted !== undefined)
    return new VLAError('PYTHON_UNAVAILABLE', `pip finds no ${wanted} for this Python and machine`, {
      hint: 'Take a Python between 3.10 and 3.13, or name one that has the packages with --python FILE.',
    });
  return new VLAError('PYTHON_UNAVAILABLE', `pip ended with ${failure}:\n${tail(lines)}`, {
    hint: 'Name a Python that has the packages with --python FILE or JETSON_VLA_PYTHON.',
  });
}

function tail(lines: readonly string[]): string {
  const telling = lines.filter((line) => line.trim() !== '' && !NOISE.test(line));
  return (telling.length === 0 ? lines : telling)
    .slice(-LINES_SHOWN)
    .map((line) => `  ${line}`)
    .join('\n');
}
