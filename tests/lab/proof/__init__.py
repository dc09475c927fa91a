"""Whether the evidence that a kind needs stands in a case's files: one function a kind, by the MIBs alone.

Each gets the case and the resource that its truth names. What it returns is told in the table; nothing returned means that
the files do not show it. No code of the program is used.
"""

from __future__ import annotations

from tests.lab.proof import device, link, routing, service
from tests.lab.proof.model import CHECKS

__all__ = ["CHECKS", "device", "link", "routing", "service"]
