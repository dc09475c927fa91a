"""What can be broken: one small function a kind, by family. Each draws place and strength, and says how to see and heal it."""

from __future__ import annotations

from tests.lab.faults import device, link, ospf, policy, routing, service, switching
from tests.lab.faults.model import CATALOGUE, Check, Drawn, Fault, NoPlace

__all__ = ["CATALOGUE", "Check", "Drawn", "Fault", "NoPlace", "device", "link", "ospf", "policy", "routing", "service", "switching"]  # fmt: skip
