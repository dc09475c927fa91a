"""What is known of faults, as data: load, check, run. The content is in the folder `playbooks/`."""

from noc_agent.playbooks.check import check
from noc_agent.playbooks.load import load_playbook, load_playbooks
from noc_agent.playbooks.model import Action, Clause, Pick, Playbook, Rival, Step

__all__ = ["Action", "Clause", "Pick", "Playbook", "Rival", "Step", "check", "load_playbook", "load_playbooks"]
