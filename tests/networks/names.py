"""How a drawn site names and numbers things: devices, interfaces, addresses, AS numbers, timers, syslog stamps.

Everything comes from one `random.Random`, so that a seed says all and no two sites look alike. What is drawn is legal on
Linux: interface names have at most 15 characters and no slash, device names are host names.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from ipaddress import IPv4Network

from tests.networks.plan import Role

ROUTED = ("core", "distribution", "access", "spine", "leaf", "router", "firewall")
CITIES = (
    "lyon", "oslo", "graz", "porto", "kiel", "brno", "turku", "cork", "bern", "ghent", "nice", "riga", "split", "leeds",
    "bonn", "lugo", "pisa", "lille", "malmo", "tartu", "essen", "dijon", "genoa", "bergen", "linz", "delft", "york", "metz",
)  # fmt: skip
STARS = (
    "vega", "altair", "rigel", "deneb", "spica", "mizar", "castor", "pollux", "antares", "mira", "electra", "maia",
    "atlas", "merope", "algol", "sirrah", "hamal", "alcor", "izar", "kochab", "thuban", "adhara", "naos", "wezen",
    "nunki", "sabik", "tarazed", "sadr",
)  # fmt: skip
SHORT: dict[Role, tuple[str, ...]] = {
    "core": ("core", "cr", "p", "bb"),
    "distribution": ("dist", "ds", "agg", "ar"),
    "access": ("acc", "ac", "pe", "edge"),
    "spine": ("spine", "sp", "ss", "fab"),
    "leaf": ("leaf", "lf", "tor", "rack"),
    "router": ("rtr", "r", "gw", "node"),
    "firewall": ("fw", "fwl", "asa", "sec"),
    "switch": ("sw", "s", "asw", "bridge"),
    "server": ("srv", "app", "infra", "vm"),
    "probe": ("probe", "mon", "pc", "sonde"),
    "host": ("h", "host", "pc", "client"),
    "external": ("isp", "ext", "transit", "carrier"),
}
PORTS = ("eth{}", "swp{}", "Ethernet{}", "ens{}", "ge-0.0.{}", "xe-0.1.{}", "enp{}s0", "GigE0-{}", "port{}", "te1.{}")
HOST_PORTS = ("eth{}", "ens{}", "eno{}", "enp{}s0", "net{}")
ZONES = ("Europe/Paris", "Europe/Berlin", "America/New_York", "Asia/Tokyo")
Numbers = Iterator[IPv4Network]


@dataclass(slots=True)
class Style:
    """The habits of one site. `speeds` in Mb/s, timers in seconds."""

    draw: random.Random
    site: str
    naming: int
    words: dict[Role, str]
    ports: str
    switch_ports: str
    host_ports: str
    first_port: int
    link_length: int
    lan_length: int
    loopbacks: Numbers
    links: Numbers
    lans: Numbers
    management: IPv4Network
    hello: int
    hold: int
    own_as: int
    dialects: tuple[str, ...]
    timezone: str
    ospf_key: str
    bgp_password: str
    _counts: dict[str, int] = field(default_factory=dict)
    _taken: set[str] = field(default_factory=set)

    def name(self, role: Role) -> str:
        """A new device's name, as this site would call it."""
        for _ in range(100_000):
            made = self._name(role)
            if made not in self._taken:
                self._taken.add(made)
                return made
        raise AssertionError("no free name")

    def _name(self, role: Role) -> str:
        word, count = self.words[role], self._count(self.words[role])
        if self.naming == 0:
            return f"{word}{count}"
        if self.naming == 1:
            return f"{self.site[:3]}-{word}-{count:02}"
        if self.naming == 2:
            return f"{self.site[:3].upper()}-{word.upper()}{count}"
        if self.naming == 3:  # numbers alone, routers and switches told apart at most by a letter
            letter = "r" if role in ROUTED else word[0]
            return f"{letter}{self.draw.randint(10, 99 + 9 * len(self._taken))}"
        if self.naming == 4:
            place = self.draw.choice(CITIES)
            return f"{place}-{'rt' if role in ROUTED else word}{self._count(place)}"
        if self.naming == 5:
            star = self.draw.choice(STARS)
            again = self._count(star)
            return star if again == 1 else f"{star}{again}"
        return f"n{self.draw.randrange(16**4):04x}-{word[0]}"

    def _count(self, of: str) -> int:
        self._counts[of] = self._counts.get(of, 0) + 1
        return self._counts[of]

    def port(self, role: Role, number: int) -> str:
        """The name of a device's n-th port, from 0."""
        form = self.host_ports if role in ("host", "server", "probe") else self.ports
        form = self.switch_ports if role == "switch" else form
        return form.format(number + self.first_port)

    def dialect(self) -> str:
        return self.draw.choice(self.dialects)

    def secret(self) -> str:
        return "".join(self.draw.choices("abcdefghkmnpqrstuvwxyz23456789", k=self.draw.randint(8, 14)))

    def private_as(self) -> int:
        """An AS number that this site has not given yet."""
        wide = self.own_as > 2**16
        while True:
            number = self.draw.randint(4_200_000_000, 4_200_099_999) if wide else self.draw.randint(64512, 65534)
            if f"AS{number}" not in self._taken:
                self._taken.add(f"AS{number}")
                return number


def draw_style(draw: random.Random) -> Style:
    """A site's habits."""
    blocks = list(IPv4Network("10.0.0.0/8").subnets(new_prefix=12))
    draw.shuffle(blocks)
    loopbacks, links, lans, management = blocks[:4]
    link_length, lan_length = draw.choice((30, 31)), draw.choice((24, 24, 25, 26))
    style = Style(
        draw=draw,
        site=draw.choice(CITIES),
        naming=draw.randrange(7),
        words=_words(draw),
        ports=draw.choice(PORTS),
        switch_ports=draw.choice(PORTS),
        host_ports=draw.choice(HOST_PORTS),
        first_port=draw.randint(0, 3),
        link_length=link_length,
        lan_length=lan_length,
        loopbacks=_from(draw, loopbacks, 32, 256),
        links=_from(draw, links, link_length, 64),
        lans=_from(draw, lans, lan_length, 16),
        management=draw.choice(list(management.subnets(new_prefix=24))[:200]),
        hello=draw.choice((1, 2, 3, 5)),
        hold=draw.choice((6, 9, 12, 15)),
        own_as=draw.choice((draw.randint(64512, 65534), draw.randint(4_200_000_000, 4_200_099_999))),
        dialects=draw.choice((("rfc5424",), ("rfc3164",), ("iso",), ("rfc5424", "rfc3164"), ("iso", "rfc3164"))),
        timezone=draw.choice(("UTC", "UTC", "UTC", draw.choice(ZONES))),
        ospf_key="",
        bgp_password="",
    )
    style.ospf_key = draw.choice(("", style.secret()))
    style.bgp_password = draw.choice(("", style.secret()))
    style._taken.add(f"AS{style.own_as}")
    return style


def _words(draw: random.Random) -> dict[Role, str]:
    """A word a role, each once: two roles of one site are not called the same."""
    while True:
        words = {role: draw.choice(words) for role, words in SHORT.items()}
        if len(set(words.values())) == len(words):
            return words


def _from(draw: random.Random, block: IPv4Network, length: int, most: int) -> Numbers:
    """Subnets of a block in order, from a place that differs from site to site, at times with a gap."""
    step = 2 ** (32 - length)
    address = int(block.network_address) + step * draw.randrange(1, most)
    while address < int(block.broadcast_address):
        yield IPv4Network((address, length))
        address += step
