"""What tools about one device have in common: its polls, or why there is no answer."""

from __future__ import annotations

from noc_agent.state import DeviceHistory, DeviceState
from noc_agent.toolbox.declare import NoAnswer, ToolResult
from noc_agent.topology import Network


def polled(network: Network, device: str) -> tuple[DeviceHistory, DeviceState]:
    """The device's history and its newest state. Raises NoAnswer where it has no address or did not answer, ToolError
    where the site does not know it."""
    known = network.device(device)
    if not known.address:
        raise NoAnswer(ToolResult([], "no_data", "no address: known, but not polled", f"site:{known.name}"))
    history = network.history(known.name)
    if not history.answers or history.now is None:
        why = f": {history.reason}" if history.reason else ""
        raise NoAnswer(ToolResult([], "error", f"it did not answer the newest poll{why}", f"snmp:{known.name}"))
    return history, history.now


def answer(state: DeviceState, rows: list[dict[str, object]], message: str = "") -> ToolResult:
    """Rows of one device with their source and time; what was partial of its answer goes before `message`."""
    words = "; ".join(filter(None, (*state.reply.problems, message)))
    return ToolResult(rows, "ok" if rows else "no_data", words, state.reply.source, state.observed_at)
