"""What a run reasons with: the bundled tools and playbooks and the site's own, and which they were."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from noc_agent.evidence import Json
from noc_agent.playbooks import Playbook, load_playbooks
from noc_agent.site.model import Site
from noc_agent.toolbox import Toolbox, bundled, load_tools
from noc_agent.topology import Network


@dataclass(frozen=True, slots=True)
class Content:
    """Tools and playbooks of a site, bundled ones first, and what could not be loaded."""

    toolbox: Toolbox
    playbooks: Mapping[str, Playbook]
    problems: tuple[str, ...]

    def versions(self) -> dict[str, Json]:
        """What a run's journal says of them: the digest of each one's file."""
        tools: dict[str, Json] = {name: _digest(tool.file) for name, tool in self.toolbox.tools.items()}
        playbooks: dict[str, Json] = {name: _digest(playbook.file) for name, playbook in self.playbooks.items()}
        return {"playbooks": playbooks, "tools": tools}


def _digest(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()[:16]


def load_content(site: Site) -> Content:
    """Load the bundled content and the site's own through the same door."""
    toolbox = load_tools([bundled("tools"), *site.tools], [Network, Site])
    playbooks, problems = load_playbooks([bundled("playbooks"), *site.playbooks])
    return Content(toolbox, playbooks, tuple(str(problem) for problem in (*toolbox.problems, *problems)))
