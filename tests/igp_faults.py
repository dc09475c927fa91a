"""IGP faults invented on a healthy recording: its rows edited as RFC 4750, RFC 2863 and RFC 2790 say that devices show them."""

from __future__ import annotations

import re
from collections.abc import Callable

from tests.mutate import ADDRESS_IF, LLDP_REMOTE, OSPF_NEIGHBOR, Mutation, Rows, cells, drop, index_of

OSPF, OSPF_IF, OSPF_METRIC = "1.3.6.1.2.1.14", "1.3.6.1.2.1.14.7.1", "1.3.6.1.2.1.14.8.1"
LSDB, PROCESS = "1.3.6.1.2.1.14.4.1.8", "1.3.6.1.2.1.25.4.2.1"
HC_IN, HC_OUT, ROUTES = "1.3.6.1.2.1.31.1.1.1.7", "1.3.6.1.2.1.31.1.1.1.11", "1.3.6.1.2.1.4.24"
AREA, HELLO, DEAD, AUTH = 3, 9, 10, 20
INIT, DOWN = 3, 1


class IgpFaults:
    """Edits the polls of a mutation that come after its baseline."""

    def __init__(self, mutation: Mutation) -> None:
        self.on = mutation

    def setting(self, device: str, port: str, column: int, value: str) -> None:
        """A value of ospfIfTable: `tag|value`."""

        def edit(rows: Rows) -> None:
            rows[f"{OSPF_IF}.{column}.{address_of(rows, port)}.0"] = value

        self.on.change(device, edit)

    def lose(self, device: str, port: str) -> None:
        """Both ends lose each other as OSPF neighbors."""
        for end in self.ends(device, port):
            self.forget(*end)

    def ends(self, device: str, port: str) -> list[tuple[str, str]]:
        far = self.on.far(device, port)
        return [(device, port), *([far] if far else [])]

    def forget(self, device: str, port: str) -> None:
        """One end has no OSPF neighbor on the port any more."""

        def edit(rows: Rows) -> None:
            for oid in neighbors_on(rows, port):
                del rows[oid]

        self.on.change(device, edit)

    def state(self, device: str, port: str, state: int) -> None:
        def edit(rows: Rows) -> None:
            for oid in neighbors_on(rows, port):
                if oid.startswith(f"{OSPF_NEIGHBOR}.6."):
                    rows[oid] = f"2|{state}"

        self.on.change(device, edit)

    def off(self, device: str, port: str) -> None:
        """OSPF no longer runs on the port: its rows are gone, its prefix is in no router-LSA of its own."""

        def edit(rows: Rows) -> None:
            own = f"{address_of(rows, port)}.0"
            drop(rows, lambda oid: oid.startswith((f"{OSPF_IF}.", f"{OSPF_METRIC}.")) and f".{own}" in f".{oid}.")

        self.on.change(device, edit)

    def counted(self, device: str, port: str, packets: int, arrived: int | None = None) -> None:
        """Between the last two polls the port sends so many packets, of which so many arrive at the far end (all of them)."""
        self._last(device, port, HC_OUT, packets)
        far = self.on.far(device, port)
        if far is not None:
            self._last(*far, HC_IN, packets if arrived is None else arrived)

    def _last(self, device: str, port: str, column: str, packets: int) -> None:
        seen: list[int] = []

        def edit(rows: Rows) -> None:
            n = index_of(rows, port)
            if seen:
                rows[f"{column}.{n}"] = f"70|{seen[0] + packets}"
            seen.append(int(rows[f"{column}.{n}"].partition("|")[2]))

        self.on.change(device, edit)

    def deaf(self, device: str, port: str) -> None:
        """The port hears no OSPF; the far end still hears it and stays in Init."""
        self.forget(device, port)
        far = self.on.far(device, port)
        if far is not None:
            self.state(*far, INIT)

    def no_lldp(self, device: str, port: str) -> None:
        def edit(rows: Rows) -> None:
            n = index_of(rows, port)
            drop(rows, lambda oid: re.match(rf"{re.escape(LLDP_REMOTE)}\.\d+\.\d+\.{n}\.", oid) is not None)

        self.on.change(device, edit)

    def unserved(self, device: str, *trees: str) -> None:
        self.on.change(device, lambda rows: drop(rows, lambda oid: oid.startswith(tuple(f"{tree}." for tree in trees))))

    def killed(self, device: str, daemon: str) -> None:
        """A process is gone from the process table."""

        def edit(rows: Rows) -> None:
            gone = {n for n, rest in cells(rows, f"{PROCESS}.2").items() if rest == f"4|{daemon}"}
            drop(rows, lambda oid: oid.startswith(f"{PROCESS}.") and oid.rpartition(".")[2] in gone)

        self.on.change(device, edit)

    def lsa(self, device: str, edit: Callable[[bytes], bytes]) -> None:
        """The router-LSAs that this device originated, as every database holds them."""
        own: list[str] = []
        self.on.change(device, lambda rows: own.append(rows[f"{OSPF}.1.1.0"].partition("|")[2]))

        def everywhere(rows: Rows) -> None:
            for oid in list(rows):
                if oid.startswith(f"{LSDB}.") and oid.endswith(f".1.{own[0]}.{own[0]}"):
                    lsa = bytearray(edit(bytes.fromhex(rows[oid].partition("|")[2])))
                    lsa[0:2], lsa[12:16] = b"\x00\x02", (int.from_bytes(lsa[12:16], "big") + 1).to_bytes(4, "big")
                    rows[oid] = f"4x|{lsa.hex()}"

        for name in sorted(path.name for path in (self.on.case.folder / "snmp").iterdir()):
            self.on.change(name, everywhere)

    def cost(self, device: str, port: str, value: int) -> None:
        """Another cost of a link in the router-LSA."""
        address: list[str] = []
        self.on.change(device, lambda rows: address.append(address_of(rows, port)))
        data = bytes(map(int, address[0].split(".")))

        def edit(lsa: bytes) -> bytes:
            made = bytearray(lsa)
            for at in range(24, len(made), 12):
                if made[at + 4 : at + 8] == data and made[at + 8] in (1, 2):
                    made[at + 10 : at + 12] = value.to_bytes(2, "big")
            return bytes(made)

        self.lsa(device, edit)

    def withdraw(self, device: str, port: str, prefix: str) -> None:
        """The device no longer announces the prefix of a stub port: OSPF is off on it, the LSA shrinks, others lose the route."""
        self.off(device, port)
        network, length = prefix.split("/")
        mask = (2**32 - 2 ** (32 - int(length))).to_bytes(4, "big")
        stub = bytes(map(int, network.split("."))) + mask + b"\x03"

        def edit(lsa: bytes) -> bytes:
            links = [lsa[at : at + 12] for at in range(24, len(lsa), 12)]
            kept = [link for link in links if link[:9] != stub]
            body = lsa[20:22] + len(kept).to_bytes(2, "big") + b"".join(kept)
            return lsa[:18] + (20 + len(body)).to_bytes(2, "big") + body

        self.lsa(device, edit)
        wanted = (f".1.4.{network}.{length}.", f".{network}.")

        def unlearn(rows: Rows) -> None:
            drop(rows, lambda oid: oid.startswith(f"{ROUTES}.") and any(word in oid for word in wanted))

        for path in (self.on.case.folder / "snmp").iterdir():
            if path.name != device:
                self.on.change(path.name, unlearn)


def address_of(rows: Rows, port: str) -> str:
    n = index_of(rows, port)
    return next(address for address, rest in cells(rows, ADDRESS_IF).items() if rest == f"2|{n}")


def neighbors_on(rows: Rows, port: str) -> list[str]:
    """Cells of ospfNbrTable of neighbors in the port's /30 or /24 (the recordings have no other)."""
    subnet = address_of(rows, port).rpartition(".")[0]
    return [oid for oid in rows if oid.startswith(f"{OSPF_NEIGHBOR}.") and ".".join(oid.split(".")[-5:-2]) == subnet]


def without_baseline(mutation: Mutation) -> None:
    """The site as one that was never polled while it was well."""
    for device in (mutation.case.folder / "snmp").iterdir():
        polls = sorted(device.iterdir())
        if len(polls) > 1:
            polls[0].unlink()


def without_intent(mutation: Mutation) -> None:
    mutation.case.edit(lambda text: text.replace("topology: topology.yaml\n", ""), "site.yaml")


def log(mutation: Mutation, *lines: str) -> None:
    with (mutation.case.folder / "logs/syslog.log").open("a") as file:
        file.writelines(f"{line}\n" for line in lines)
