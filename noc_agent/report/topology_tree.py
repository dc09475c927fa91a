"""The topology for a terminal: a tree of devices from the core outwards, each with the links that lead on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.text import Text
from rich.tree import Tree

from noc_agent.evidence import Json
from noc_agent.report.reading import Row, clean, counted, rows

STYLES = {"down": "red", "up": "", "unknown": "dim"}
FIRST = ("core", "spine", "border")  # roles that a tree begins with


def tree(document: Row) -> RenderableType:
    """Devices and links as a tree, then what hangs on them in a line each."""
    devices = {clean(row["name"]): row for row in rows(document, "devices")}
    around: dict[str, list[Row]] = {name: [] for name in devices}
    for link in rows(document, "links"):
        for end in ("a", "b"):
            around.setdefault(clean(_end(link, end)["device"]), []).append(link)
    parts: list[RenderableType] = []
    seen: set[str] = set()
    for name in sorted(around, key=lambda name: _order(devices.get(name, {}), around[name], name)):
        if name not in seen:
            seen.add(name)
            root = Tree(_device(name, devices.get(name, {})), guide_style="dim")
            _grow(root, name, around, devices, seen)
            parts.append(root)
    return Group(*parts, *_rest(document)) if parts else Text("no devices")


def _order(device: Row, links: Sequence[Row], name: str) -> tuple[object, ...]:
    return not links, device.get("role") not in FIRST, -len(links), name


def _grow(root: Tree, start: str, around: Mapping[str, list[Row]], devices: Mapping[str, Row], seen: set[str]) -> None:
    """Breadth first, so that a device stands as near to the core as it is; a link is drawn once."""
    level = [(root, start)]
    drawn: set[str] = set()
    while level:
        following = []
        for branch, name in level:
            for link in sorted(around[name], key=lambda link: clean(link.get("link"))):
                if (key := clean(link.get("link"))) in drawn:
                    continue
                drawn.add(key)
                near, far = (_end(link, end) for end in ("a", "b"))
                if clean(near["device"]) != name:
                    near, far = far, near
                other = clean(far["device"])
                new = other not in seen
                seen.add(other)
                leaf = branch.add(_link(near, far, link, _device(other, devices.get(other, {}), again=not new)))
                if new:
                    following.append((leaf, other))
        level = following


def _end(link: Row, end: str) -> Row:
    value = link.get(end)
    return value if isinstance(value, Mapping) else {}


def _device(name: str, device: Row, *, again: bool = False) -> Text:
    text = Text(name, style="dim" if again else "bold")
    told = [clean(device[key]) for key in ("role", "platform") if device.get(key)]
    if told and not again:
        text.append(f" ({', '.join(told)})", style="dim")
    if device.get("answers") is False and not again:
        text.append(" does not answer", style="red")
    return text


def _link(near: Row, far: Row, link: Row, device: Text) -> Text:
    state = clean(link.get("state"))
    text = Text(f"{clean(near['interface'])} ── {clean(far['interface'])} ", style=STYLES.get(state, ""))
    text.append_text(device)
    return text.append(f"  {state}" if state != "up" else "", style=STYLES.get(state, ""))


def _rest(document: Row) -> list[RenderableType]:
    found: list[RenderableType] = []
    for key, title in (("lags", "Bundles"), ("domains", "Layer-2 domains"), ("areas", "OSPF areas"),
                       ("sessions", "BGP sessions"), ("prefixes", "Prefixes"), ("services", "Services")):  # fmt: skip
        lines = [_line(row) for row in rows(document, key)]
        if lines:
            found += [
                Text(""),
                Text(f"{title} ({len(lines)})", style="bold"),
                *(Padding(Text(line), (0, 0, 0, 2), expand=False) for line in lines),
            ]
    return found


def _line(row: Row) -> str:
    """`10.0.0.0/24: core1, core2`: what it is, then who is of it."""
    told = [clean(row[key]) for key in ("state", "attached") if row.get(key) is not None]
    who = [clean(item) for item in _list(row.get("of"))]
    shown = ", ".join(who[:8]) + (f" and {counted(len(who) - 8, 'other')}" if len(who) > 8 else "")
    asked = [clean(item) for item in _list(row.get("asked_by"))]
    return (
        f"{clean(row.get('name'))}: {shown}"
        + (f" ({', '.join(told)})" if told else "")
        + (f"; asked by {', '.join(asked)}" if asked else "")
    )


def _list(value: Json) -> list[Json]:
    return list(value) if isinstance(value, list | tuple) else []
