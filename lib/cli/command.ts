/** One command of the `jetson-vla` program. */
export interface Command {
  /** One line for the list of commands. */
  readonly summary: string;
  /** Everything that `--help` prints. */
  readonly help: string;
  /**
   * @param args what stands after the command's name
   * @returns the program's exit status; 0 without
   * @throws VLAError, which ends the program with its message, its hint and status 1, or 130 for ABORTED
   */
  run(args: readonly string[]): Promise<void> | Promise<number>;
}
