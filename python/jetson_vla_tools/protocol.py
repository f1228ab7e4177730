"""How a command talks to the Node process that started it.

Events are JSON lines on file descriptor 3. The request is the first line of standard input; every later line there
answers one question. Whatever libraries print goes to standard output and error and means nothing.
"""

import json
import os
import signal
import threading
from queue import SimpleQueue
from typing import Any

EVENTS = 3


class Channel:
    """One conversation. Made before anything slow is imported, so that the end of Node is noticed from the start."""

    def __init__(self) -> None:
        # Neither is for programs that a user's code starts, nor for its `input()`.
        os.set_inheritable(EVENTS, False)
        self._events = os.fdopen(EVENTS, "w", encoding="utf-8", buffering=1)
        self._input = os.fdopen(os.dup(0), encoding="utf-8")
        nothing = os.open(os.devnull, os.O_RDONLY)
        os.dup2(nothing, 0)
        os.close(nothing)
        self._sending = threading.Lock()
        self._lines: SimpleQueue[str] = SimpleQueue()
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        for line in self._input:
            self._lines.put(line)
        # Node is gone: it holds this pipe open until we end, and nobody is left to clean up after us.
        if os.getpgrp() == os.getpid():
            os.killpg(0, signal.SIGKILL)
        os._exit(1)

    def request(self) -> Any:
        return json.loads(self._lines.get())

    def progress(self, label: str, fraction: float | None = None) -> None:
        self._send({"type": "progress", "label": label} | ({} if fraction is None else {"fraction": fraction}))

    def warn(self, message: str) -> None:
        self._send({"type": "warning", "message": message})

    def ask(self, name: str, payload: Any) -> Any:
        """Has Node work something out; waits for it."""
        self._send({"type": "ask", "name": name, "payload": payload})
        return json.loads(self._lines.get())["answer"]

    def result(self, value: Any) -> None:
        self._send({"type": "result", "value": value})

    def error(self, code: str, message: str, hint: str | None = None) -> None:
        event = {"type": "error", "code": code, "message": message}
        self._send(event if hint is None else event | {"hint": hint})

    def _send(self, event: dict[str, Any]) -> None:
        # What is no number in JSON fails here, where its stack tells who made it.
        line = json.dumps(event, allow_nan=False) + "\n"
        with self._sending:
            self._events.write(line)
