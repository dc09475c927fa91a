"""Tools: how they are declared, loaded from folders, and what they share."""

from noc_agent.toolbox.declare import (
    DeviceName,
    EventKind,
    InterfaceName,
    Limit,
    NoAnswer,
    Pattern,
    TimeText,
    Tool,
    ToolResult,
    make_tool,
    tool,
    without_polls,
)
from noc_agent.toolbox.load import Toolbox, bundled, load_tools
from noc_agent.toolbox.polled import answer, polled
from noc_agent.toolbox.rows import to_rows

__all__ = [
    "DeviceName", "EventKind", "InterfaceName", "Limit", "NoAnswer", "Pattern", "TimeText", "Tool", "ToolResult", "Toolbox",
    "answer", "bundled", "load_tools", "make_tool", "polled", "to_rows", "tool", "without_polls",
]  # fmt: skip
