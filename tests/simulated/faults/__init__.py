"""The faults that the simulator can inject, by the names of the catalogue; and what is none."""

from __future__ import annotations

from tests.simulated.faults.benign import BENIGN
from tests.simulated.faults.device import DEVICE_FAULTS
from tests.simulated.faults.link import LINK_FAULTS
from tests.simulated.faults.place import Fault, Injection
from tests.simulated.faults.policy import POLICY_FAULTS
from tests.simulated.faults.routing import ROUTING_FAULTS
from tests.simulated.faults.service import SERVICE_FAULTS
from tests.simulated.faults.switching import SWITCHING_FAULTS

FAULTS: dict[str, Fault] = (
    LINK_FAULTS | DEVICE_FAULTS | ROUTING_FAULTS | SWITCHING_FAULTS | POLICY_FAULTS | SERVICE_FAULTS
)

__all__ = ["BENIGN", "FAULTS", "Fault", "Injection"]
