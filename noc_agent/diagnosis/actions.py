"""What to do next, in the commands of the platforms that stand at the fault's place."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from noc_agent.diagnosis.hypotheses import Hypothesis
from noc_agent.findings.views import end_of, link_of
from noc_agent.topology import Network
from noc_agent.topology.claims import platform_of

# Platforms that take the same commands; any other word stands for itself.
FAMILY = {
    "linux": "frr", "frrouting": "frr", "cumulus": "frr", "sonic": "frr", "vyos": "frr", "iosxe": "ios", "ios-xe": "ios",
    "ios_xe": "ios", "cisco": "ios", "cisco_ios": "ios", "juniper": "junos",
}  # fmt: skip


def next_actions(network: Network, hypothesis: Hypothesis) -> tuple[str, ...]:
    """The playbook's next actions: for each device at the place those of its platform, with `at` as that device."""
    places = list(_places(network, hypothesis))
    platforms = {device: platform(network, device) for device, _ in places}
    found: list[str] = []
    for action in hypothesis.playbook.next_actions:
        known = [(device, port) for device, port in places if platforms[device] in action.texts]
        for device, port in known or places[:1] or [("", "")]:
            at = {key: value for key, value in _at(hypothesis.context, device, port).items() if value}
            context = {**hypothesis.context, "at": at}
            found += [text.fill(context) for text in action.on(platforms.get(device, ""))]
    return tuple(dict.fromkeys(found))


def platform(network: Network, device: str) -> str:
    """The family of a device's platform: by the inventory, else by what it says of itself; "" where neither tells."""
    known = network.site.devices.get(device)
    word = known.platform.strip().lower() if known else ""
    history = network.histories.get(device)
    system = history.latest.system if history and history.latest else None
    if not word and system is not None:
        word = platform_of(system.sysDescr or "", system.sysObjectID or "")
    return FAMILY.get(word, word)


def _places(network: Network, hypothesis: Hypothesis) -> Iterator[tuple[str, str]]:
    """(device, interface or "") where somebody would type."""
    kind, _, rest = hypothesis.resource.partition("/")
    link = link_of(network, hypothesis.resource) if kind == "link" else None
    if link is not None:
        yield from ((end.device, end.interface) for end in link.ends)
    elif kind == "interface":
        end = end_of(hypothesis.resource)
        yield end.device, end.interface
    elif kind == "prefix":
        seen = next((finding.device for finding in hypothesis.triggers if finding.device), "")
        if seen:
            yield seen, ""
    else:
        yield rest.partition("/")[0], ""


def _at(context: Mapping[str, object], device: str, port: str) -> dict[str, object]:
    views = [view for name in ("a", "b", "this") if isinstance(view := context.get(name), Mapping)]
    mine = next((view for view in views if (view.get("device"), view.get("name")) == (device, port)), {})
    return {"device": device, "port": port, "mtu": mine.get("mtu")}
