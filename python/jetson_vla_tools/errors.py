"""Failures that a person can do something about."""


class ToolError(Exception):
    """Becomes a VLAError of this code in Node, with the message and the hint as they stand."""

    def __init__(self, code: str, message: str, hint: str | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.hint = hint
