"""How one request to a model server can end without a completion, other than for good."""

from __future__ import annotations


class PassingError(Exception):
    """A fault that a retry may cure; its text says what was seen. `wait` is what the server asks for, in seconds."""

    def __init__(self, seen: str, wait: float = 0.0) -> None:
        super().__init__(seen)
        self.wait = wait


class RejectedError(Exception):
    """A 400 or 422. Its text is the server's, in lower case: to be searched, never to be shown."""
