"""What a site is: its settings, its inventory, its intended topology. Plain values; `load.py` reads them from files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path


@dataclass(frozen=True, slots=True)
class SnmpSettings:
    """How a device is polled. Times in seconds. Secrets stand here in clear: never print this object."""

    version: str = "2c"
    port: int = 161
    community: str = field(default="public", repr=False)
    timeout: float = 2.0
    retries: int = 1
    max_repetitions: int = 25
    user: str = ""
    auth_protocol: str = ""
    auth_key: str = field(default="", repr=False)
    priv_protocol: str = ""
    priv_key: str = field(default="", repr=False)
    context: str = ""


@dataclass(frozen=True, slots=True)
class Device:
    """One device of the inventory. Without an address it is known but not polled."""

    name: str
    address: str | None = None
    role: str = ""
    platform: str = ""
    timezone: str = ""
    snmp: SnmpSettings = field(default_factory=SnmpSettings)


@dataclass(frozen=True, slots=True, order=True)
class End:
    """One end of a link: device (inventory name, or as LLDP/CDP gives it) and ifName."""

    device: str
    interface: str

    @classmethod
    def of(cls, resource: str) -> End:
        """The end that an `interface/…` resource names."""
        _, device, interface = resource.split("/", 2)
        return cls(device, interface)

    @property
    def resource(self) -> str:
        return f"interface/{self.device}/{self.interface}"


@dataclass(frozen=True, slots=True, order=True)
class Link:
    """A link between two ends, `a` before `b` (by device, then ifName)."""

    a: End
    b: End

    @classmethod
    def between(cls, one: End, other: End) -> Link:
        return cls(*sorted((one, other)))

    @property
    def resource(self) -> str:
        return f"link/{self.a.device}/{self.a.interface}--{self.b.device}/{self.b.interface}"

    @property
    def ends(self) -> tuple[End, End]:
        return self.a, self.b


@dataclass(frozen=True, slots=True)
class OspfIntent:
    a: End
    b: End
    area: str = ""


@dataclass(frozen=True, slots=True)
class BgpIntent:
    a: str
    a_as: int
    b: str
    b_as: int


@dataclass(frozen=True, slots=True)
class VlanIntent:
    device: str
    interface: str
    vlans: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class ServiceIntent:
    device: str
    name: str
    protocol: str
    port: int

    @property
    def resource(self) -> str:
        return f"service/{self.device}/{self.name}"


@dataclass(frozen=True, slots=True)
class Intent:
    """What `topology.yaml` says the network is meant to be; every part may be empty (not stated)."""

    links: tuple[Link, ...] = ()
    ospf: tuple[OspfIntent, ...] = ()
    bgp: tuple[BgpIntent, ...] = ()
    vlans: tuple[VlanIntent, ...] = ()
    services: tuple[ServiceIntent, ...] = ()


@dataclass(frozen=True, slots=True)
class ModelSettings:
    """The model endpoint of the site and when it is used (`unsure`, `always`, `never`)."""

    endpoint: str
    name: str = "gpt-oss-20b"
    api_key: str = field(default="", repr=False)
    effort: str = "medium"
    use: str = "unsure"
    cascade: tuple[str, ...] = ()
    allow: tuple[str, ...] = ()
    keep_reasoning: bool = False  # the model's thoughts go into the journal too, not only what of them was sent back
    endpoints: Mapping[str, str] = field(default_factory=dict)  # of the models of the cascade that are elsewhere
    api_keys: Mapping[str, str] = field(default_factory=dict, repr=False)  # for those
    watts: Mapping[str, float] = field(default_factory=dict)  # what a model draws at work, `""` for any


@dataclass(frozen=True, slots=True)
class HistorySettings:
    """Days for which every poll, one poll an hour and one poll a day are kept. Marked polls are kept for ever."""

    every: float = 2.0
    hourly: float = 14.0
    daily: float = 90.0


@dataclass(frozen=True, slots=True)
class Site:
    """One site as its `site.yaml` describes it. All paths are absolute."""

    name: str
    path: Path  # of site.yaml
    root: Path  # its folder; nothing outside is read save absolute paths that site.yaml itself states
    devices: Mapping[str, Device]
    intent: Intent = field(default_factory=Intent)
    recordings: Path | None = None
    logs: tuple[str, ...] = ()  # absolute globs
    incidents: Path | None = None
    playbooks: tuple[Path, ...] = ()
    tools: tuple[Path, ...] = ()
    platforms: tuple[Path, ...] = ()  # what devices say beyond the standard MIBs, besides the bundled files
    events: tuple[Path, ...] = ()  # words of log lines and what they mean, besides the bundled vocabulary
    model: ModelSettings | None = None
    history: HistorySettings = field(default_factory=HistorySettings)
    timezone: str = "UTC"
    state: Path = Path()  # journals, history, locks of this site
    secrets: tuple[str, ...] = field(default=(), repr=False)  # literal values to redact (communities, keys, ${VAR}s)


@dataclass(frozen=True, slots=True)
class Incident:
    """What the NOC was told. Times are aware; `devices`, `interfaces`, `services` only where the reporter knew."""

    id: str
    title: str
    description: str = ""
    severity: str = ""
    opened_at: datetime | None = None
    since: datetime | None = None
    until: datetime | None = None
    devices: tuple[str, ...] = ()
    interfaces: tuple[End, ...] = ()
    services: tuple[str, ...] = ()

    @property
    def asked_for(self) -> frozenset[str]:
        """The devices that the reporter named, by themselves or by a port."""
        return frozenset((*self.devices, *(end.device for end in self.interfaces)))
