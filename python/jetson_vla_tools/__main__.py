"""`python -m jetson_vla_tools COMMAND`, run by the `jetson-vla` program and by nobody else."""

import errno
import importlib
import sys
import traceback

from .errors import ToolError
from .protocol import Channel

#: Modules with a function `run(request, channel)` that returns the result; imported only when they are asked for.
COMMANDS = {
    "export": "export_module",
    "quantise": "quantise",
}


def main(command: str) -> int:
    channel = Channel()
    try:
        request = channel.request()
        module = importlib.import_module(f".{COMMANDS[command]}", __package__)
        channel.result(module.run(request, channel))
        return 0
    except ToolError as error:
        channel.error(error.code, str(error), error.hint)
    except MemoryError:
        channel.error("TOOL_FAILED", "there is too little memory for this model", "Close other programs.")
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            channel.error("WRITE_FAILED", f"the disk is full: {error}", "Free some space, or choose another --output.")
        else:
            traceback.print_exc()
            channel.error("TOOL_FAILED", f"{type(error).__name__}: {error}")
    except SystemExit as error:
        # A user's module that is a script ends with it when it is imported.
        traceback.print_exc()
        channel.error("TOOL_FAILED", f"the code that was loaded ended the program with sys.exit({error.code!r})")
    except Exception as error:
        traceback.print_exc()
        channel.error("TOOL_FAILED", f"{type(error).__name__}: {error}", "Run it again with --verbose for the stack.")
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
