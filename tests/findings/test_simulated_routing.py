"""Routing on simulated networks of many makes: what once misled, each as the principle that mended it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.recorded import Case, names_truth
from tests.simulated.case import simulate, write_case
from tests.simulated.large import draw

CASES = {
    # Costs go up at both ends; BGP's next hop moves with the IGP, and a default route points back.
    "a-drain-moves-routes-into-a-circle": ("campus", 51, "drain"),
    # The subnet holds a server that is polled and speaks no OSPF.
    "a-subnet-with-a-polled-host": ("metro", 52, "ospf_missing_route_advertisement"),
    # A trap repeats the code of a reset of last year while the peer dies.
    "a-trap-repeats-a-kept-error": ("leafspine", 52, "node_down"),
    # AS numbers of four octets are all AS_TRANS in the old MIB.
    "a-hijack-behind-as-trans": ("leafspine", 51, "bgp_hijacking"),
    "who-limits-prefixes": ("leafspine", 51, "bgp_max_prefix_exceeded"),
    "who-cleared-the-session": ("metro", 62, "bgp_session_reset"),
    # One end's OSPF runs on an IP interface, the other's on the port itself.
    "an-ip-interface-towards-a-port": ("metro", 84, "ospf_acl_block"),
    "digests-refused-by-the-kernel": ("campus", 51, "bgp_authentication_mismatch"),
}


@pytest.mark.long
@pytest.mark.parametrize("name", CASES)
def test_it_is_named_for_what_it_is(name: str, tmp_path: Path) -> None:
    kind, seed, fault = CASES[name]
    size = 16 if seed == 84 else 20
    write_case(simulate(draw(kind, seed, size), seed, [fault]), tmp_path, seed, intent=seed % 2 == 0)
    case = Case(tmp_path)
    document = case.diagnose()
    assert names_truth(document, case.truth), [document["root_causes"], case.truth]
