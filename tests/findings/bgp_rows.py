"""Edits of a recorded network as RFC 4273, 4292 and 2863 say that faults of BGP and forwarding show."""

from __future__ import annotations

from collections.abc import Callable

from tests.mutate import BGP_PEER, UPTIME, Mutation, Rows, drop, index_of

STATE, ADMIN, REMOTE_AS, ERROR, TRANSITIONS, SINCE = 2, 3, 9, 14, 15, 16
IDLE, CONNECT, ACTIVE, ESTABLISHED = 1, 2, 3, 6
PATHS, INET, CIDR, OLD = "1.3.6.1.2.1.15.6.1", "1.3.6.1.2.1.4.24.7.1", "1.3.6.1.2.1.4.24.4.1", "1.3.6.1.2.1.4.21.1"
IN_OCTETS, HC_IN, HC_IN_PACKETS = "1.3.6.1.2.1.2.2.1.10", "1.3.6.1.2.1.31.1.1.1.6", "1.3.6.1.2.1.31.1.1.1.7"
ISP1, ISP2, OF_CORE2, OF_CORE1 = "172.16.1.2", "172.16.2.2", "10.0.0.2", "10.0.0.1"


def session(
    m: Mutation, device: str, peer: str, state: int, error: str = "", *, stop: bool = False, age: int = 25
) -> None:
    """A session that is not established any more, with its code."""

    def edit(rows: Rows) -> None:
        rows[f"{BGP_PEER}.{STATE}.{peer}"] = f"2|{state}"
        rows[f"{BGP_PEER}.{SINCE}.{peer}"] = f"66|{age}"
        if stop:
            rows[f"{BGP_PEER}.{ADMIN}.{peer}"] = "2|1"
        if error:
            rows[f"{BGP_PEER}.{ERROR}.{peer}"] = f"4x|{error}"

    m.change(device, edit)


def bounce(m: Mutation, device: str, peer: str, error: str) -> None:
    """A session that went down and is established again."""

    def edit(rows: Rows) -> None:
        rows[f"{BGP_PEER}.{TRANSITIONS}.{peer}"] = "65|2"
        rows[f"{BGP_PEER}.{SINCE}.{peer}"] = "66|9"
        rows[f"{BGP_PEER}.{ERROR}.{peer}"] = f"4x|{error}"

    m.change(device, edit)


def collide(m: Mutation, device: str, peer: str, age: int) -> None:
    """A session that is back and so many seconds old in the next poll; a collision took the place of why it ended."""
    first: list[int] = []

    def edit(rows: Rows) -> None:
        up = int(rows[UPTIME].partition("|")[2]) // 100
        first[:] = first or [up - age]
        rows[f"{BGP_PEER}.{TRANSITIONS}.{peer}"] = "65|2"
        rows[f"{BGP_PEER}.{SINCE}.{peer}"] = f"66|{up - first[0]}"
        rows[f"{BGP_PEER}.{ERROR}.{peer}"] = "4x|0607"

    m.change(device, edit)


def forget_peer(m: Mutation, device: str, peer: str) -> None:
    m.change(device, lambda rows: drop(rows, lambda oid: oid.startswith(f"{BGP_PEER}.") and oid.endswith(f".{peer}")))


def log(m: Mutation, *lines: str) -> None:
    """Append lines to the syslog."""
    with (m.case.folder / "logs/syslog.log").open("a") as file:
        file.writelines(f"{line}\n" for line in lines)


def frr(device: str, text: str, second: int = 20) -> str:
    return f"<30>1 2026-11-23T09:17:{second:02}.5+00:00 {device} bgpd 556 - -  {text}"


def withdraw(m: Mutation, device: str, prefix: str, peer: str) -> None:
    """A path from a peer is gone."""
    address, _, length = prefix.partition("/")
    m.change(
        device,
        lambda rows: drop(
            rows, lambda oid: oid.startswith(f"{PATHS}.") and oid.endswith(f".{address}.{length}.{peer}")
        ),
    )


def announce(m: Mutation, device: str, prefix: str, peer: str, *numbers: int) -> None:
    """A new path from a peer, used."""
    address, _, length = prefix.partition("/")
    segment = f"02{len(numbers):02x}" + "".join(f"{number:04x}" for number in numbers)

    def edit(rows: Rows) -> None:
        for column, value in (
            (1, f"64|{peer}"),
            (2, f"2|{length}"),
            (5, f"4x|{segment}"),
            (6, f"64|{peer}"),
            (13, "2|2"),
        ):
            rows[f"{PATHS}.{column}.{address}.{length}.{peer}"] = value

    m.change(device, edit)


def unroute(m: Mutation, device: str, prefix: str) -> None:
    m.change(device, lambda rows: _unroute(rows, prefix))


def _unroute(rows: Rows, prefix: str) -> None:
    address, _, length = prefix.partition("/")
    drop(rows, lambda oid: oid.startswith(f"{INET}.") and f".1.4.{address}.{length}." in oid)
    drop(rows, lambda oid: oid.startswith(f"{CIDR}.") and f".{address}." in oid)
    drop(rows, lambda oid: oid.startswith(f"{OLD}.") and oid.endswith(f".{address}"))


def route(m: Mutation, device: str, prefix: str, hop: str, port: str) -> None:
    """The route of a prefix leads elsewhere; `0.0.0.0` and no port drop it."""

    def edit(rows: Rows) -> None:
        _unroute(rows, prefix)
        address, _, length = prefix.partition("/")
        key = f"1.4.{address}.{length}.2.0.0.1.4.{hop}"
        rows[f"{INET}.7.{key}"] = f"2|{index_of(rows, port) if port else 0}"
        rows[f"{INET}.8.{key}"] = "2|4" if port else "2|3"
        rows[f"{INET}.9.{key}"] = "2|2"

    m.change(device, edit)


def deaf(m: Mutation, device: str, port: str) -> None:
    """Nothing arrives at a port from the first poll of the incident on."""
    first: Rows = {}

    def edit(rows: Rows) -> None:
        n = index_of(rows, port)
        for column in (IN_OCTETS, HC_IN, HC_IN_PACKETS, "1.3.6.1.2.1.2.2.1.11", "1.3.6.1.2.1.31.1.1.1.8"):
            if f"{column}.{n}" in rows:
                rows[f"{column}.{n}"] = first.setdefault(column, rows[f"{column}.{n}"])

    m.change(device, edit)


def loses_large(m: Mutation, sender: tuple[str, str], receiver: tuple[str, str]) -> None:
    """The sender sends 40 frames of 1400 octets and 20 of 90 more each second; of the large ones none arrives."""

    def more(n_columns: tuple[tuple[str, int], ...], port: str) -> Callable[[Rows], None]:
        began: list[float] = []

        def edit(rows: Rows) -> None:
            n, up = index_of(rows, port), int(rows["1.3.6.1.2.1.1.3.0"].partition("|")[2]) / 100
            began[:] = began or [up - 15]
            for column, each in n_columns:
                tag, _, value = rows[f"{column}.{n}"].partition("|")
                rows[f"{column}.{n}"] = f"{tag}|{int(value) + int((up - began[0]) * each)}"

        return edit

    out = (("1.3.6.1.2.1.31.1.1.1.10", 40 * 1400 + 20 * 90), ("1.3.6.1.2.1.31.1.1.1.11", 60))
    m.change(sender[0], more(out, sender[1]))
    m.change(receiver[0], more(((HC_IN, 20 * 90), (HC_IN_PACKETS, 20)), receiver[1]))
