/** One command of a step, as `execve` takes it. */
export interface SetupCommand {
  readonly argv: readonly [string, ...string[]];
  /** Whether it has to be run as root. */
  readonly root: boolean;
}

/** One thing that a Jetson needs, how it is seen whether it has it, and what gives it. */
export interface SetupStep {
  /** Stays the same for the same thing, such as `tensorrt`. */
  readonly id: string;
  readonly title: string;
  readonly why: string;
  readonly commands: readonly SetupCommand[];
  readonly done: boolean;
  /** What says that it is done, or that it is not; absent where nothing could be looked at. */
  readonly seen?: string;
  /** What is left to do by hand once the commands were run. */
  readonly afterwards?: string;
}

export function asRoot(...argv: readonly [string, ...string[]]): SetupCommand {
  return { argv, root: true };
}

export function asUser(...argv: readonly [string, ...string[]]): SetupCommand {
  return { argv, root: false };
}

/** Nothing is asked twice: whoever applies a step has agreed to it. */
export function aptInstall(...packages: readonly string[]): SetupCommand {
  return asRoot('apt-get', 'install', '-y', ...packages);
}

/** What to start for a command. */
export function argvOf({ argv, root }: SetupCommand, isRoot: boolean): readonly [string, ...string[]] {
  return root && !isRoot ? ['sudo', ...argv] : argv;
}

/** The command for a shell to be pasted into. */
export function shellText(command: SetupCommand, isRoot: boolean): string {
  return argvOf(command, isRoot).map(quoted).join(' ');
}

function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
