"""Hypotheses, the smallest explanation, grounding, the verdict and its document."""

from noc_agent.diagnosis.brief import brief, families
from noc_agent.diagnosis.conclusion import Conclusion, RootCause, RuledOut
from noc_agent.diagnosis.document import Usage, document
from noc_agent.diagnosis.engine import Engine
from noc_agent.diagnosis.grounding import Grounded, agree, better, ground
from noc_agent.diagnosis.reasoning import reasoning

__all__ = [
    "Conclusion",
    "Engine",
    "Grounded",
    "RootCause",
    "RuledOut",
    "Usage",
    "agree",
    "better",
    "brief",
    "document",
    "families",
    "ground",
    "reasoning",
]
