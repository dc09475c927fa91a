"""The topology drawn as SVG: devices in layers from the core, links coloured by their state. No script, nothing fetched."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from xml.sax.saxutils import escape

from noc_agent.report.reading import Row, clean, rows
from noc_agent.report.topology_graph import xml_text
from noc_agent.report.topology_tree import FIRST

WIDTH, HEIGHT, ACROSS, DOWN, MARGIN = 132, 38, 172, 150, 40  # of a device's box, and from one to the next
PER_LAYER = 12  # devices side by side; more of a layer go to a line of their own
LABELS = 8  # links of a device whose interfaces are written; a pointer on a link shows them all the same
LONGEST = 18  # characters of a name in its box; the whole of it is its title
COLOURS = {"up": "#2e7d32", "down": "#c62828", "unknown": "#8a8a8a"}
_LABEL = 'fill="#444444" text-anchor="middle" paint-order="stroke" stroke="#ffffff" stroke-width="3"'
Place = tuple[float, float]


def svg(document: Row) -> str:
    """The drawing. Names that are long are cut in it and whole in the title that a pointer shows."""
    names = sorted({*(clean(row["name"]) for row in rows(document, "devices")), *_ends(rows(document, "links"))})
    devices = {clean(row["name"]): row for row in rows(document, "devices")}
    links = rows(document, "links")
    places = _places(names, devices, links)
    wide = max((x for x, _ in places.values()), default=0.0) + WIDTH / 2 + MARGIN
    high = max((y for _, y in places.values()), default=0.0) + HEIGHT / 2 + MARGIN
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{wide:.0f}" height="{high:.0f}" viewBox="0 0 {wide:.0f} {high:.0f}" '
        'font-family="sans-serif" font-size="12">',
        f"<title>{_text(document.get('site'))}</title>",
        '<rect width="100%" height="100%" fill="#ffffff"/>',
        *_drawn_links(links, places),
        *(line for name in names for line in _box(name, devices.get(name, {}), places[name])),
        "</svg>",
    ]
    return "\n".join(lines) + "\n"


def _text(value: object) -> str:
    return escape(xml_text(clean("" if value is None else str(value))), {'"': "&quot;"})


def _ends(links: Sequence[Row]) -> Iterator[str]:
    for link in links:
        for end in ("a", "b"):
            yield _end(link, end)[0]


def _end(link: Row, end: str) -> tuple[str, str]:
    value = link.get(end)
    row = value if isinstance(value, Mapping) else {}
    return clean(row.get("device")), clean(row.get("interface"))


def _places(names: Sequence[str], devices: Mapping[str, Row], links: Sequence[Row]) -> dict[str, Place]:
    """Where each device stands: the core on top, others as far below as they are hops away, near their neighbors."""
    beside: dict[str, set[str]] = {name: set() for name in names}
    for link in links:
        (one, _), (two, _) = _end(link, "a"), _end(link, "b")
        beside[one].add(two)
        beside[two].add(one)
    places: dict[str, Place] = {}
    top = HEIGHT / 2 + MARGIN
    for layer in _layers(names, devices, beside):
        ordered = sorted(layer, key=lambda name: (_mean([places[n][0] for n in beside[name] if n in places]), name))
        for start in range(0, len(ordered), PER_LAYER):
            part = ordered[start : start + PER_LAYER]
            left = MARGIN + WIDTH / 2 + (min(PER_LAYER, len(layer)) - len(part)) * ACROSS / 2
            places |= {name: (left + n * ACROSS, top) for n, name in enumerate(part)}
            top += DOWN
    return places


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values) if values else 0.0


def _layers(names: Sequence[str], devices: Mapping[str, Row], beside: Mapping[str, set[str]]) -> Iterator[list[str]]:
    core = [name for name in names if devices.get(name, {}).get("role") in FIRST]
    most = sorted(names, key=lambda name: (-len(beside[name]), name))[:1]
    level, seen = core or most, set(core or most)
    while level:
        yield level
        level = sorted({other for name in level for other in beside[name]} - seen)
        seen |= set(level)
        if not level and (rest := sorted(set(names) - seen)):
            # Of those that no link reaches, what hangs together begins with the one with most links.
            linked = [name for name in rest if beside[name]]
            level = sorted(linked, key=lambda name: (-len(beside[name]), name))[:1] or rest
            seen |= set(level)


def _drawn_links(links: Sequence[Row], places: Mapping[str, Place]) -> Iterator[str]:
    """Links of one pair side by side, each end's interface near it unless its device has too many to be read."""
    crowded = Counter(_end(link, end)[0] for link in links for end in ("a", "b"))
    drawn: dict[frozenset[str], int] = {}
    for link in links:
        (one, port), (two, far) = _end(link, "a"), _end(link, "b")
        number = drawn[frozenset((one, two))] = drawn.get(frozenset((one, two)), -1) + 1
        aside = ((number + 1) // 2) * (-1) ** number * 14
        (x1, y1), (x2, y2) = ((x + aside, y) for x, y in (places[one], places[two]))
        colour = COLOURS.get(clean(link.get("state")), COLOURS["unknown"])
        dashes = ' stroke-dasharray="6 4"' if colour != COLOURS["up"] else ""
        # A straight line to a device farther along the layer would hide behind those between.
        bend = -DOWN / 2 if y1 == y2 and abs(x1 - x2) > ACROSS + WIDTH else 0.0
        middle = ((x1 + x2) / 2, (y1 + y2) / 2 + bend)
        yield (
            f'<path d="M{x1:.0f} {y1:.0f} Q{middle[0]:.0f} {middle[1]:.0f} {x2:.0f} {y2:.0f}" fill="none" '
            f'stroke="{colour}" stroke-width="2"{dashes}>'
            f"<title>{_text(link.get('link'))}: {_text(link.get('state'))}</title></path>"
        )
        for text, share, many in ((port, 0.26, crowded[one]), (far, 0.74, crowded[two])):
            if many > LABELS:
                continue
            x, y = (
                (1 - share) ** 2 * a + 2 * share * (1 - share) * m + share**2 * b
                for a, m, b in ((x1, middle[0], x2), (y1, middle[1], y2))
            )
            yield f'<text x="{x:.0f}" y="{y - 3:.0f}" font-size="9" {_LABEL}>{_text(_cut(text))}</text>'


def _box(name: str, device: Row, place: Place) -> Iterator[str]:
    x, y = place[0] - WIDTH / 2, place[1] - HEIGHT / 2
    stroke = COLOURS["down"] if device.get("answers") is False else "#37474f"
    known = device.get("known") is not False
    dashes = "" if known else ' stroke-dasharray="4 3"'
    about = ", ".join(_text(device[key]) for key in ("role", "platform", "address") if device.get(key))
    silent = ", does not answer" if device.get("answers") is False else ""
    yield (
        f"<g><title>{_text(name)}{': ' if about else ''}{about}{silent}</title>"
        f'<rect x="{x:.0f}" y="{y:.0f}" width="{WIDTH}" height="{HEIGHT}" rx="5" fill="#eceff1" stroke="{stroke}" '
        f'stroke-width="2"{dashes}/>'
    )
    yield f'<text x="{place[0]:.0f}" y="{place[1]:.0f}" text-anchor="middle" font-weight="bold">{_text(_cut(name))}</text>'
    if device.get("role"):
        yield (
            f'<text x="{place[0]:.0f}" y="{place[1] + 13:.0f}" font-size="9" text-anchor="middle" fill="#555555">'
            f"{_text(_cut(clean(device.get('role'))))}</text>"
        )
    yield "</g>"


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"
