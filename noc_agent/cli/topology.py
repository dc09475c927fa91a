"""`noc-agent topology …`: the network found, shown, and compared with what it is meant to be."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, cast

import typer

from noc_agent.cli import topology_views as views
from noc_agent.cli.common import JsonOption, console, open_site, print_json, say
from noc_agent.errors import BadInput, ExitCode

if TYPE_CHECKING:
    from collections.abc import Sequence

    from noc_agent.evidence import Json
    from noc_agent.site.model import SnmpSettings
    from noc_agent.topology.crawl import Limits, Subnet
    from noc_agent.topology.discovery import Discovered

app = typer.Typer(
    help="The network: discovered over SNMP, shown, compared with intent.", no_args_is_help=True, rich_markup_mode=None
)
FILES = ("site.yaml", "topology.yaml")


@app.command()
def discover(
    seeds: Annotated[list[str], typer.Argument(metavar="ADDRESS…", help="Where to begin: one device is enough.")],
    site: Annotated[
        Path | None, typer.Option("--site", help="Take `snmp:` from this site.yaml; else the options below.")
    ] = None,
    community: Annotated[
        str | None, typer.Option(envvar="SNMP_COMMUNITY", help="The community to read with; better in the environment.")
    ] = None,
    port: Annotated[int | None, typer.Option(min=1, max=65535, help="The agents' UDP port, if not 161.")] = None,
    output: Annotated[Path, typer.Option(help="The folder for site.yaml and topology.yaml.")] = Path(),
    name: Annotated[str, typer.Option(help="The site's name; else the folder's.")] = "",
    within: Annotated[
        list[str] | None,
        typer.Option(
            metavar="CIDR", help="Ask only addresses in these; else private ranges and the seeds' own /16 or /64."
        ),
    ] = None,
    max_devices: Annotated[int, typer.Option(min=1, max=100_000, help="Stop at so many devices.")] = 500,
    max_depth: Annotated[int, typer.Option(min=0, max=64, help="Stop so many hops from the seeds.")] = 16,
    timeout: Annotated[float, typer.Option(min=1, help="Seconds for the whole discovery.")] = 300.0,
    force: Annotated[bool, typer.Option("--force", help="Overwrite files that are there.")] = False,
    json: JsonOption = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No progress, and no word where all went well.")] = False,
) -> None:
    """Find devices over LLDP and CDP from one address, and write a site.yaml and topology.yaml ready to diagnose with."""
    from noc_agent.topology.crawl import Limits
    from noc_agent.topology.discovery import default_within

    _refuse_existing(output, force=force)
    settings = _settings(site, community, port, seeds)
    addresses = [address for seed in seeds for address in _resolved(seed)]
    inside = tuple(map(_subnet, within)) if within else default_within(addresses)
    found = _found(addresses, settings, Limits(inside, max_devices, max_depth, timeout), quiet=quiet)
    for problem in found.problems:
        say(problem)
    if not found.answered:
        if json:
            print_json(_document(found, settings, ()))
        raise typer.Exit(ExitCode.INCONCLUSIVE)
    _write(output, found, name or output.resolve().name, settings, force=force)
    if json:
        print_json(_document(found, settings, FILES))
    elif not quiet:
        _print_found(found, output, settings)
    sys.stdout.flush()


def _refuse_existing(output: Path, *, force: bool) -> None:
    for file in FILES:
        if (output / file).exists() and not force:
            raise BadInput(f"--output: {file}", "is there already", "name another folder, or overwrite it with --force")


def _settings(site: Path | None, community: str | None, port: int | None, seeds: Sequence[str]) -> SnmpSettings:
    """The site's settings (of the seed, else of its first device), else the defaults; options go before both."""
    import dataclasses

    from noc_agent.site.model import SnmpSettings

    base = SnmpSettings()
    if site is not None:
        here = open_site(site)
        devices = sorted(here.devices.values(), key=lambda device: device.address not in seeds)
        if not devices:
            raise BadInput(
                f"{here.path.name}: devices", "there is none to take settings from", "use --community instead"
            )
        base = devices[0].snmp
    if community is not None and site is None:
        base = dataclasses.replace(base, community=community)
    return base if port is None else dataclasses.replace(base, port=port)


def _resolved(seed: str) -> list[str]:
    """A seed as an address; a host name as the first that it resolves to."""
    import ipaddress
    import socket

    try:
        return [str(ipaddress.ip_address(seed.strip("[]")))]
    except ValueError:
        pass
    try:
        return [str(socket.getaddrinfo(seed, None, type=socket.SOCK_DGRAM)[0][4][0])]
    except (OSError, UnicodeError) as error:
        raise BadInput(
            "topology discover", "a seed is no address and does not resolve", "give an IP address"
        ) from error


def _subnet(text: str) -> Subnet:
    import ipaddress

    try:
        return ipaddress.ip_network(text, strict=False)
    except ValueError as error:
        raise BadInput("--within", "is no address range", "write a CIDR, as 10.20.0.0/16") from error


def _found(addresses: Sequence[str], settings: SnmpSettings, limits: Limits, *, quiet: bool) -> Discovered:
    from noc_agent.report.progress import Progress
    from noc_agent.topology.discovery import discover_network

    with Progress(sys.stderr, quiet=quiet) as progress:
        return discover_network(addresses, settings, limits, progress.step)


def _write(output: Path, found: Discovered, name: str, settings: SnmpSettings, *, force: bool) -> None:
    from noc_agent.report.topology import site_yaml, topology_yaml

    texts = (site_yaml(found, name, settings), topology_yaml(found))
    try:
        output.mkdir(parents=True, exist_ok=True)
        for file, text in zip(FILES, texts, strict=True):
            with (output / file).open("w" if force else "x", encoding="utf-8", errors="backslashreplace") as stream:
                stream.write(text)
    except OSError as error:
        raise BadInput(
            "--output", f"cannot be written: {error.strerror}", "name a folder that you may write to"
        ) from error


def _document(found: Discovered, settings: SnmpSettings, files: Sequence[str]) -> dict[str, Json]:
    from noc_agent.evidence import Redactor, neutralise_json
    from noc_agent.report.topology import discovered_json

    made: dict[str, Json] = {
        "schema": "noc-agent/topology-discover/1",
        "files": [*files],
        **discovered_json(found),
    }
    secrets = (settings.community, settings.auth_key, settings.priv_key)
    cleaned = neutralise_json(Redactor([text for text in secrets if text not in ("", "public")]).clean_json(made))
    return cast("dict[str, Json]", cleaned)


def _print_found(found: Discovered, output: Path, settings: SnmpSettings) -> None:
    from noc_agent.report.reading import counted
    from noc_agent.report.topology import discovered_table

    console().print(discovered_table(_document(found, settings, FILES)))
    others = len(found.devices) - found.answered
    words = [f"{counted(found.answered, 'device')} answered", counted(len(found.links), "link")]
    words += [f"{counted(others, 'device')} known from neighbors only"] if others else []
    typer.echo(f"{', '.join(words)}; {counted(found.asked, 'address', 'addresses')} asked in {found.seconds:.1f} s")
    secret = "SNMP_AUTH_KEY and SNMP_PRIV_KEY" if settings.version == "3" else "SNMP_COMMUNITY"
    typer.echo(f"wrote {output / FILES[0]} and {FILES[1]}; they read {secret} from the environment")
    typer.echo(f"next: noc-agent doctor --site {output}")


for _view in (views.show, views.diff, views.path, views.impact):
    app.command()(_view)
