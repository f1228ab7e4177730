// A thread that waits for the end of standard input, which this process holds open: killed itself, it can stop nothing.
const SCRIPT = `
import os, runpy, signal, sys, threading

def watch():
    os.read(0, 1)
    if os.getpgrp() == os.getpid():
        os.killpg(0, signal.SIGKILL)
    os._exit(1)

threading.Thread(target=watch, daemon=True).start()
sys.argv = sys.argv[1:]
runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
`;

/**
 * Arguments for {@link runPython} that run a module as `python -I -m` does, and end it, with all that it started, when
 * this process is gone: an orphan would go on writing where its successor begins.
 */
export function watchedModule(name: string, ...args: readonly string[]): readonly string[] {
  return ['-I', '-c', SCRIPT, name, ...args];
}
