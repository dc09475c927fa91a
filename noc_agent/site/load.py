"""A site from its `site.yaml`, with everything it names checked before the first device is asked."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from noc_agent.errors import BadInput
from noc_agent.site.model import Device, HistorySettings, Site, SnmpSettings
from noc_agent.site.model_section import read_model
from noc_agent.site.topology_file import read_intent
from noc_agent.site.yamlfile import Section, read_yaml

KEYS = (
    "name", "snmp", "devices", "topology", "recordings", "logs", "incidents", "playbooks", "tools", "platforms", "events", "model",
    "history", "timezone", "state",
)  # fmt: skip
SNMP_KEYS = (
    "version", "port", "community", "timeout", "retries", "max_repetitions", "user", "auth_protocol", "auth_key",
    "priv_protocol", "priv_key", "context",
)  # fmt: skip
PROTOCOLS = {
    "auth": ("", "MD5", "SHA", "SHA-224", "SHA-256", "SHA-384", "SHA-512"),
    "priv": ("", "DES", "AES", "AES-192", "AES-256"),
}
NAME_MAX, PATH_MAX = 255, 4096 - 256  # octets of a name, of a path (limits.h), with room for what lies below it
LEAST_KEY = 8  # characters of an SNMPv3 password (RFC 3414, 11.2)
_NUMBER = re.compile(r"[0-9]{1,6}(\.[0-9]{1,6})?")
_VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)(:-([^}]*))?\}")


def find_site(option: Path | None, environ: Mapping[str, str], cwd: Path, bundled: Path) -> Path:
    """`--site`, else `./site.yaml`, else $NOC_AGENT_SITE, else the bundled one."""
    if option is not None:
        return _site_file(option, "--site")
    if (cwd / "site.yaml").is_file():
        return cwd / "site.yaml"
    named = environ.get("NOC_AGENT_SITE")
    return _site_file(Path(named), "NOC_AGENT_SITE") if named else bundled


def _site_file(path: Path, where: str) -> Path:
    file = path / "site.yaml" if path.is_dir() else path
    if not file.exists():
        raise BadInput(where, f"there is no {file.name} there", "name a site.yaml or the folder that holds one")
    return file


def load_site(path: Path, environ: Mapping[str, str]) -> Site:
    """Read and check a site. Raises BadInput naming file and key."""
    path = path.resolve()
    root = path.parent
    top = _Variables(environ).fill(read_yaml(path))
    data, secrets = top.section, top.secrets
    data.only(KEYS)
    name = data.needed("name")
    snmp = _snmp(data.section("snmp"), SnmpSettings())
    devices = _devices(data.section("devices"), snmp)
    topology, state = data.text("topology"), data.text("state")
    keys = {s.community for s in (snmp, *(d.snmp for d in devices.values()))}
    for settings in (snmp, *(d.snmp for d in devices.values())):
        keys |= {settings.auth_key, settings.priv_key}
    secrets = {text for text in secrets if not _NUMBER.fullmatch(text)}  # a port or time-out; as a key it is in `keys`
    model = read_model(data)
    keys |= {model.api_key, *model.api_keys.values()} if model else set()
    return Site(
        name=name,
        path=path,
        root=root,
        devices=devices,
        intent=read_intent(_below(data, "topology", root, topology), devices)
        if topology
        else read_intent(None, devices),
        recordings=_folder(data, "recordings", root),
        logs=tuple(str(_below(data, "logs", root, pattern)) for pattern in data.texts("logs")),
        incidents=_folder(data, "incidents", root),
        playbooks=tuple(_below(data, "playbooks", root, folder) for folder in data.texts("playbooks")),
        tools=tuple(_below(data, "tools", root, folder) for folder in data.texts("tools")),
        platforms=tuple(_below(data, "platforms", root, folder) for folder in data.texts("platforms")),
        events=tuple(_below(data, "events", root, folder) for folder in data.texts("events")),
        model=model,
        history=_history(data.section("history")),
        timezone=_zone(data, "UTC"),
        state=state_folder(name, str(_below(data, "state", root, state)) if state else "", root, environ),
        secrets=tuple(sorted((keys | secrets) - {""})),
    )


def _below(section: Section, key: str, root: Path, text: str) -> Path:
    """The path that a key names. Names that no file system takes are refused before anything looks for them."""
    path = root / text
    if "\0" in text or any(len(os.fsencode(part)) > NAME_MAX for part in path.parts) or len(text) > PATH_MAX:
        raise BadInput(section.at(key), "no file can be called so", "write a shorter name")
    return path


def state_folder(name: str, stated: str, root: Path, environ: Mapping[str, str]) -> Path:
    """Where journals, history and locks live; an empty path where no folder is known (no HOME, as in a bare cron)."""
    safe = re.sub(r"[^A-Za-z0-9._-]", "-", name).strip(".") or "site"
    if stated:
        return root / stated
    if environ.get("NOC_AGENT_STATE"):
        return Path(environ["NOC_AGENT_STATE"]) / safe
    if environ.get("XDG_STATE_HOME"):
        return Path(environ["XDG_STATE_HOME"]) / "noc-agent" / safe
    return Path(environ["HOME"]) / ".local/state/noc-agent" / safe if environ.get("HOME") else Path()


class _Variables:
    """Fills `${NAME}` and `${NAME:-default}`, and remembers what came from the environment: it may be secret.

    As in a shell, the default stands also for a variable that is set to nothing.
    """

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ
        self.secrets: set[str] = set()
        self.section = Section({}, "", "", {})

    def fill(self, section: Section) -> _Variables:
        self.section = self._section(section)
        return self

    def _section(self, section: Section) -> Section:
        values = {key: self._value(value, section.at(key)) for key, value in section.items()}
        return Section(values, section.file, section.path, section.lines)

    def _value(self, value: object, where: str) -> object:
        if isinstance(value, Section):
            return self._section(value)
        if isinstance(value, list):
            return [self._value(row, f"{where}[{n}]") for n, row in enumerate(value)]
        if not isinstance(value, str):
            return value

        def put(match: re.Match[str]) -> str:
            name, has_default, default = match[1], match[2], match[3]
            if self._environ.get(name) or (name in self._environ and not has_default):
                self.secrets.add(self._environ[name])
                return self._environ[name]
            if not has_default:
                raise BadInput(
                    where, f"the environment variable {name} is not set", f"set it, or write ${{{name}:-default}}"
                )
            return default

        return _VARIABLE.sub(put, value)


def _number(section: Section, key: str, default: float, least: float, most: float) -> float:
    text = section.get(key)
    digits = _NUMBER.fullmatch(text) if isinstance(text, str) else None  # what comes from the environment is text
    value = float(digits[0]) if digits else section.get_of(key, float, default, "a number")
    if not least <= value <= most:
        raise BadInput(section.at(key), "is out of range", f"{least:g} to {most:g}")
    return value


def _whole(section: Section, key: str, default: int, least: int, most: int) -> int:
    value = _number(section, key, default, least, most)
    if value % 1:
        raise BadInput(section.at(key), "must be a whole number", f"{least} to {most}")
    return int(value)


def _snmp(section: Section, base: SnmpSettings) -> SnmpSettings:
    section.only(SNMP_KEYS)
    made = SnmpSettings(
        version=section.choice("version", base.version, ("1", "2c", "3")),
        port=_whole(section, "port", base.port, 1, 65535),
        community=section.text("community", base.community),
        timeout=_number(section, "timeout", base.timeout, 0.01, 300),
        retries=_whole(section, "retries", base.retries, 0, 20),
        max_repetitions=_whole(section, "max_repetitions", base.max_repetitions, 1, 1000),
        user=section.text("user", base.user),
        auth_protocol=section.choice("auth_protocol", base.auth_protocol, PROTOCOLS["auth"]),
        auth_key=section.text("auth_key", base.auth_key),
        priv_protocol=section.choice("priv_protocol", base.priv_protocol, PROTOCOLS["priv"]),
        priv_key=section.text("priv_key", base.priv_key),
        context=section.text("context", base.context),
    )
    if made.version == "3":
        _check_user(section, made)
    elif not made.community:
        raise BadInput(section.at("community"), "is empty", f"version {made.version} needs a community")
    return made


def _check_user(section: Section, made: SnmpSettings) -> None:
    """What version 3 needs: a user, and for each protocol its key (RFC 3414, 11.2: of at least eight characters)."""
    if not made.user:
        raise BadInput(section.at("user"), "is missing", "version 3 needs a user")
    if made.priv_protocol and not made.auth_protocol:
        raise BadInput(section.at("auth_protocol"), "is missing", "there is no privacy without authentication")
    for kind, protocol, key in (
        ("auth", made.auth_protocol, made.auth_key),
        ("priv", made.priv_protocol, made.priv_key),
    ):
        if protocol and not key:
            raise BadInput(section.at(f"{kind}_key"), "is missing", f"state it, or remove {kind}_protocol")
        if key and not protocol:
            allowed = ", ".join(filter(None, PROTOCOLS[kind]))
            raise BadInput(section.at(f"{kind}_protocol"), "is missing", f"one of {allowed}, or remove {kind}_key")
        if key and len(key) < LEAST_KEY:
            raise BadInput(section.at(f"{kind}_key"), "is too short", f"at least {LEAST_KEY} characters")


def _history(section: Section) -> HistorySettings:
    section.only(("every", "hourly", "daily"))
    base = HistorySettings()
    days = {key: _number(section, key, getattr(base, key), 0, 36_500) for key in ("every", "hourly", "daily")}
    return HistorySettings(**days)


def _devices(section: Section, snmp: SnmpSettings) -> dict[str, Device]:
    found: dict[str, Device] = {}
    for name in section:
        if not re.fullmatch(r"[^\s/\x00-\x1f]+", name):
            raise BadInput(
                f"{section.at()} line {section.lines[name]}", "a device's name holds a blank or a slash", "rename it"
            )
        row = section.section(name)
        row.only(("address", "role", "platform", "timezone", "snmp"))
        settings = _snmp(row.section("snmp"), snmp) if "snmp" in row else snmp
        found[name] = Device(
            name, row.text("address") or None, row.text("role"), row.text("platform"), _zone(row, ""), settings
        )
    return found


def _zone(section: Section, default: str) -> str:
    name = section.text("timezone", default)
    if name and name != "UTC":
        try:
            ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError, OSError) as error:
            raise BadInput(section.at("timezone"), "no such time zone", "an IANA name, as Europe/Paris") from error
    return name


def _folder(section: Section, key: str, root: Path) -> Path | None:
    value = section.text(key)
    if not value:
        return None
    folder = _below(section, key, root, value)
    if not folder.is_dir():
        raise BadInput(section.at(key), "there is no such folder", "correct the name, or leave the key out")
    return folder
