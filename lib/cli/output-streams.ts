/**
 * What is written to may go away: `| head -1` closes its end once it has read enough, a terminal is closed, a disk is
 * full. Work goes on then, because it may be in the midst of a file or of a robot's motion.
 *
 * Results that nobody wants to read any more are no failure; those that cannot be written are: the program ends with
 * status 1.
 */
export function outliveOutputStreams(): void {
  let isReported = false;
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE' || isReported) return;
    isReported = true;
    process.stderr.write(`The output cannot be written: ${error.message}\n`);
    process.once('exit', () => {
      process.exitCode = process.exitCode || 1;
    });
  });
  process.stderr.on('error', () => {});
}
