"""A discovered network as the files of a site, as JSON and for people; links with their state, and what differs."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from rich.console import Group, RenderableType
from rich.text import Text

from noc_agent.evidence import Json
from noc_agent.report.reading import Row, clean, rows, words
from noc_agent.report.tables import table_of
from noc_agent.site.model import SnmpSettings
from noc_agent.site.yamlfile import yaml_text

if TYPE_CHECKING:
    from noc_agent.topology.discovery import Discovered, FoundDevice
    from noc_agent.topology.drift import Drift
    from noc_agent.topology.impact import Impact
    from noc_agent.topology.ways import Way

_HINTS = """\
# What only you know:
# - a device's part: {address: …, role: core}; its time zone; `snmp:` of its own where it differs
# - logs: [/var/log/network/*.log]        syslog as it is collected; traps, one a line, as snmptrapd writes them
# - model: {endpoint: "http://127.0.0.1:8000/v1", name: gpt-oss-20b}
# - intent beside the links in topology.yaml: ospf, bgp, vlans, services
"""


def site_yaml(found: Discovered, name: str, settings: SnmpSettings) -> str:
    """`site.yaml` of the network. Secrets are named by environment variables, never written."""
    safe = re.sub(r"[^\w.-]", "-", name) or "site"
    parts = [
        "# Written by noc-agent topology discover; yours to correct.\n",
        yaml_text({"name": safe, "snmp": _snmp(settings)}),
        yaml_text({"devices": {device.name: _device(device) for device in found.devices}}),
        "topology: topology.yaml\n",
    ]
    unpolled = [device for device in found.devices if device.address is None]
    if unpolled:
        parts.append("\n# Known from their neighbors only; add an address where one should be polled:\n")
        parts += [f"#   {device.name}: {device.reason}\n" for device in unpolled]
    return "".join([*parts, "\n", _HINTS])


def _device(device: FoundDevice) -> dict[str, str]:
    return {key: value for key, value in (("address", device.address), ("platform", device.platform)) if value}


def _snmp(settings: SnmpSettings) -> dict[str, str | int | float]:
    """The block with what differs from the defaults. The community `public` is the one that is no secret."""
    made: dict[str, str | int | float] = {"version": settings.version}
    if settings.version == "3":
        made |= {
            "user": settings.user,
            "auth_protocol": settings.auth_protocol,
            "priv_protocol": settings.priv_protocol,
        }
        made |= {"auth_key": "${SNMP_AUTH_KEY}"} if settings.auth_key else {}
        made |= {"priv_key": "${SNMP_PRIV_KEY}"} if settings.priv_key else {}
        made |= {"context": settings.context}
    else:
        made["community"] = "${SNMP_COMMUNITY:-public}" if settings.community == "public" else "${SNMP_COMMUNITY}"
    usual = SnmpSettings()
    for key in ("port", "timeout", "retries", "max_repetitions"):
        value = getattr(settings, key)
        if value != getattr(usual, key):
            made[key] = value
    return {key: value for key, value in made.items() if value != ""}


def topology_yaml(found: Discovered) -> str:
    """`topology.yaml`: the links as they are now, which from now on is how they are meant to be."""
    links = [
        {"a": f"{a.device}/{a.interface}", "b": f"{b.device}/{b.interface}"}
        for a, b in (link.ends for link in found.links)
    ]
    return "# Links as LLDP and CDP showed them; remove what is not meant to be.\n" + yaml_text({"links": links})


def discovered_json(found: Discovered) -> dict[str, Json]:
    """The discovery as JSON."""
    return {
        "devices": [
            {
                "name": device.name,
                "address": device.address,
                "platform": device.platform or None,
                "chassis": device.chassis,
                "also": list(device.also),
                "reason": device.reason or None,
            }
            for device in found.devices
        ],
        "links": [
            {"link": link.resource, "a": _end(link.a.device, link.a.interface), "b": _end(link.b.device, link.b.interface),
             "known_by": [*sorted(known)]}
            for link, known in found.links.items()
        ],
        "asked": found.asked,
        "answered": found.answered,
        "seconds": round(found.seconds, 1),
        "problems": list(found.problems),
    }  # fmt: skip


def _end(device: str, interface: str) -> dict[str, Json]:
    return {"device": device, "interface": interface}


def discovered_table(document: Row) -> RenderableType:
    """Devices for people."""
    rows = document["devices"]
    found = [row for row in rows if isinstance(row, Mapping)] if isinstance(rows, list) else []
    shown: list[Row] = [{**row, "device": row.get("name"), "note": row.get("reason")} for row in found]
    return table_of(shown, ("device", "address", "platform", "note"))


def links_table(rows: Sequence[Row]) -> RenderableType:
    """Links for people: what is down first."""
    if not rows:
        return Text("no links are known")
    shown: list[Row] = [{**row, "known by": ", ".join(map(str, _list(row.get("known_by"))))} for row in rows]
    return table_of(shown, ("link", "state", "a_oper", "b_oper", "known by"))


def _list(value: Json) -> list[Json]:
    return list(value) if isinstance(value, list | tuple) else []


def drift_json(rows: Sequence[Drift]) -> list[Json]:
    """Differences as JSON rows."""
    return [
        {
            "change": row.change,
            "link": row.link.resource,
            "found": row.found.resource if row.found else None,
            "reason": row.reason or None,
        }
        for row in rows
    ]


def drift_table(rows: Sequence[Row]) -> RenderableType:
    """Differences for people."""
    if not rows:
        return Text("every intended link is there, and no other")
    shown: list[Row] = [
        {**row, "note": f"miscabled: {row['found']} is there" if row.get("found") else row.get("reason")}
        for row in rows
    ]
    return Group(table_of(shown, ("change", "link", "note")))


def ways_json(found: Sequence[Way]) -> list[Json]:
    """Ways as JSON rows."""
    return [
        {"ends": way.ends, "by": way.by, "hops": [{"device": hop.device, "out": hop.out} for hop in way.hops]}
        for way in found
    ]


ENDS = {"reached": "", "loop": "  a loop", "discarded": "  discarded here", "unknown": "  and no further is known"}


def ways_text(document: Row) -> RenderableType:
    """One line a way: `core1 eth3 → dist1 eth2 → acc1`."""
    found = rows(document, "ways")
    lines = []
    for way in found:
        hops = [f"{clean(hop.get('device'))} {clean(hop.get('out'))}".strip() for hop in rows(way, "hops")]
        by = "" if way.get("by") == "routes" else "  over links: no routing table tells"
        lines.append(Text(" → ".join(hops) + ENDS.get(clean(way.get("ends")), "") + by))
    more = [Text(f"{len(found)} equal ways")] if len(found) > 1 else []
    return Group(*lines, *more) if lines else Text("no way is known")


EFFECTS = {
    "cut_off": "cut off", "prefixes_lost": "prefixes lost", "services_lost": "services lost", "users": "who asks them",
    "sessions_lost": "BGP sessions lost", "single": "left with a single way", "prefixes_degraded": "prefixes degraded",
    "services_degraded": "services degraded", "fewer": "fewer links", "sole": "the only way for somebody from then on",
}  # fmt: skip


def impact_json(found: Impact) -> dict[str, Json]:
    """An impact as JSON, in the order in which people read it."""
    return {"gone": [*found.gone], **{key: [*getattr(found, key)] for key in EFFECTS}}


def impact_text(document: Row) -> RenderableType:
    """What a fault does, worst first; what it does not do is left out."""
    parts: list[RenderableType] = [Text(f"without {', '.join(words(document, 'gone'))}:", style="bold")]
    for key, title in EFFECTS.items():
        found = words(document, key)
        if found:
            parts += [Text(f"{title} ({len(found)})"), *(Text(f"  {name}") for name in found)]
    return Group(*parts) if len(parts) > 1 else Group(*parts, Text("nothing else is cut off or loses a second way"))
