"""Every error of noc-agent, and the exit code each one ends the program with.

NocAgentError
├── BadInput            4   site, incident, playbook, recording or option value; names WHERE and the mend
│   └── ToolLoadError   4   a tool or playbook file that cannot be loaded; the rest still loads
├── ModelUnavailable    5   the model endpoint was required and cannot serve
├── EndpointRefused     6   the endpoint is not on this site
├── RunBusy             7   a run of the same incident is under way
├── Interrupted       130   stopped by the operator; the run can be resumed
└── ToolError           –   for the model or the caller of a tool: what it asked for cannot be answered
"""

from __future__ import annotations

from enum import IntEnum


class ExitCode(IntEnum):
    """Exit codes of the command line (contract, section 2)."""

    OK = 0
    INTERNAL = 1
    USAGE = 2
    INCONCLUSIVE = 3
    BAD_INPUT = 4
    MODEL_UNAVAILABLE = 5
    REFUSED = 6
    BUSY = 7
    INTERRUPTED = 130


class NocAgentError(Exception):
    """An error with a place, what is wrong there, and the mend; `str()` is the one line an operator reads.

    `where` names a file with line or key, an option or an endpoint. The offending text itself is never quoted:
    it may hold a secret.
    """

    exit_code = ExitCode.INTERNAL

    def __init__(self, where: str, what: str, mend: str = "") -> None:
        self.where, self.what, self.mend = where, what, mend
        super().__init__(f"{where}: {what}; {mend}" if mend else f"{where}: {what}")

    def __reduce__(self) -> tuple[type[NocAgentError], tuple[str, str, str]]:
        """How it comes back from another process: `args` hold the one line alone."""
        return type(self), (self.where, self.what, self.mend)


class BadInput(NocAgentError):
    """A site, incident, playbook, recording or option value that cannot be used."""

    exit_code = ExitCode.BAD_INPUT


class ToolLoadError(BadInput):
    """A tool or playbook file that cannot be loaded; the rest still loads."""


class ModelUnavailable(NocAgentError):
    """The model endpoint cannot serve: unreachable, unauthorised, unknown model, or failing for ever."""

    exit_code = ExitCode.MODEL_UNAVAILABLE


class EndpointRefused(NocAgentError):
    """The endpoint is not on this site; refused before a packet."""

    exit_code = ExitCode.REFUSED


class RunBusy(NocAgentError):
    """A run of the same incident is under way."""

    exit_code = ExitCode.BUSY


class Interrupted(NocAgentError):
    """The operator stopped the run; it can be resumed."""

    exit_code = ExitCode.INTERRUPTED


class ToolError(NocAgentError):
    """A tool cannot answer what it was asked: written for the model or person that called it."""
