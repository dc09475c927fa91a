"""Who is behind the address of a BGP session, and which rows the two ends have of it: before, now, and each other's."""

from __future__ import annotations

from collections.abc import Mapping

from noc_agent.findings.bgp_causes import SessionLog
from noc_agent.snmp import BgpPeer
from noc_agent.state import DeviceState
from noc_agent.topology import Network


class PeerBook:
    """The BGP peers of one network's devices by address; each table is indexed once."""

    def __init__(self, network: Network, log: SessionLog) -> None:
        self._network, self._log = network, log
        self._rows: dict[int, Mapping[str, BgpPeer]] = {}
        self._known: dict[str, dict[str, list[str]]] = {}

    def rows(self, state: DeviceState | None) -> Mapping[str, BgpPeer]:
        """Peer's address → its row in this poll."""
        key = id(state)
        if key not in self._rows:
            self._rows[key] = {row.bgpPeerRemoteAddr: row for row in (state.bgp_peers or () if state else ())}
        return self._rows[key]

    def before(self, device: str | None) -> Mapping[str, BgpPeer] | None:
        """The peers of the healthy poll; None where there is none."""
        history = self._network.histories.get(device or "")
        return self.rows(history.before) if history and history.before else None

    def mirror(self, far: str | None, address: str) -> BgpPeer | None:
        """The row that the other end has now of a peer with this address, if it answers."""
        history = self._network.histories.get(far or "")
        return self.rows(history.now).get(address) if history and history.answers else None

    def far(self, device: str, address: str) -> str | None:
        """The device at the other end of a session, by its address or by the name in a log."""
        known = self._network.peer_of(device, address)
        if known is None:
            named = (event.peer for event in self._log.of(device, address) if event.peer)
            known = next((found for name in named if (found := self._network.names.device_of(name))), None)
        return known if known != device else None

    def addresses(self, device: str, peer: str) -> list[str]:
        """The addresses under which a device knows one of its peers."""
        if device not in self._known:
            history = self._network.histories.get(device)
            listed = self.rows(history.latest if history else None)
            found: dict[str, list[str]] = {}
            for address in dict.fromkeys((*listed, *self._log.peers(device))):
                if other := self.far(device, address):
                    found.setdefault(other, []).append(address)
            self._known[device] = found
        return self._known[device].get(peer, [])

    def called(self, device: str, far: str | None, row: BgpPeer | None) -> str:
        """The address by which the other end calls this session; empty where several could be meant."""
        own = row.bgpPeerLocalAddr if row else None
        known = self.addresses(far, device) if far else []
        if own in known:
            return str(own)
        return known[0] if known and (len(known) == 1 or not own) else ""
