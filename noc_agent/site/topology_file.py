"""`topology.yaml`: the links that are meant to be, and the intent beside them."""

from __future__ import annotations

from collections.abc import Collection
from difflib import get_close_matches
from pathlib import Path

from noc_agent.errors import BadInput
from noc_agent.site.model import BgpIntent, End, Intent, Link, OspfIntent, ServiceIntent, VlanIntent
from noc_agent.site.yamlfile import Section, read_yaml


def read_intent(path: Path | None, devices: Collection[str]) -> Intent:
    """The intent of a file, every device of it known to the inventory; an empty one without a file."""
    if path is None:
        return Intent()
    top = read_yaml(path)
    top.only(("links", "intent"))
    intent = top.section("intent")
    intent.only(("ospf", "bgp", "vlans", "services"))
    return Intent(
        tuple(_link(row, devices) for row in top.sections("links")),
        tuple(_ospf(row, devices) for row in intent.sections("ospf")),
        tuple(_bgp(row, devices) for row in intent.sections("bgp")),
        tuple(_vlan(row, devices) for row in intent.sections("vlans")),
        tuple(_service(row, devices) for row in intent.sections("services")),
    )


def _device(row: Section, key: str, name: str, devices: Collection[str]) -> str:
    if name not in devices:
        near = get_close_matches(name, list(devices), 1)
        mend = f"did you mean {near[0]}?" if near else "add it to devices in site.yaml"
        raise BadInput(row.at(key), "names a device that the inventory does not know", mend)
    return name


def _end(row: Section, key: str, devices: Collection[str]) -> End:
    device, slash, interface = row.needed(key).partition("/")
    if not slash or not interface:
        raise BadInput(row.at(key), "is no end of a link", "write device/interface, as core1/eth1")
    return End(_device(row, key, device, devices), interface)


def _link(row: Section, devices: Collection[str]) -> Link:
    row.only(("a", "b"))
    one, other = _end(row, "a", devices), _end(row, "b", devices)
    if one == other:
        raise BadInput(row.at("b"), "is the same end as a", "name the far end")
    return Link.between(one, other)


def _ospf(row: Section, devices: Collection[str]) -> OspfIntent:
    row.only(("a", "b", "area"))
    return OspfIntent(_end(row, "a", devices), _end(row, "b", devices), row.text("area"))


def _bgp(row: Section, devices: Collection[str]) -> BgpIntent:
    row.only(("a", "a_as", "b", "b_as"))
    names = [_device(row, key, row.needed(key), devices) for key in ("a", "b")]
    numbers = [_whole(row, key, 1, 2**32 - 1) for key in ("a_as", "b_as")]
    return BgpIntent(names[0], numbers[0], names[1], numbers[1])


def _vlan(row: Section, devices: Collection[str]) -> VlanIntent:
    row.only(("device", "interface", "vlans"))
    numbers = row.get_of("vlans", list, [], "a list of VLAN numbers")
    if not all(isinstance(number, int) and 0 < number < 4095 for number in numbers):
        raise BadInput(row.at("vlans"), "must be a list of VLAN numbers", "1 to 4094")
    return VlanIntent(_device(row, "device", row.needed("device"), devices), row.needed("interface"), tuple(numbers))


def _service(row: Section, devices: Collection[str]) -> ServiceIntent:
    row.only(("device", "name", "protocol", "port"))
    device = _device(row, "device", row.needed("device"), devices)
    protocol = row.needed("protocol").lower()
    if protocol not in ("udp", "tcp"):
        raise BadInput(row.at("protocol"), "no such protocol", "udp or tcp")
    return ServiceIntent(device, row.needed("name"), protocol, _whole(row, "port", 1, 65535))


def _whole(row: Section, key: str, least: int, most: int) -> int:
    value = row.get_of(key, int, -1, "a whole number")
    if not least <= value <= most:
        raise BadInput(row.at(key), "is missing or out of range", f"{least} to {most}")
    return value
