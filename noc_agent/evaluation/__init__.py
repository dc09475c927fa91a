"""How right the diagnosis is on recorded cases: run them, compare with the truth, score as the contract says."""

from noc_agent.evaluation.cases import CaseFolder, Fault, Pair, find_cases, read_truth
from noc_agent.evaluation.families import family_of
from noc_agent.evaluation.misses import explain_misses
from noc_agent.evaluation.run import Answer, Settings, answer, answers
from noc_agent.evaluation.score import CaseScore, Ratios, Totals, confusion, score, totals

__all__ = [
    "Answer", "CaseFolder", "CaseScore", "Fault", "Pair", "Ratios", "Settings", "Totals", "answer", "answers", "confusion",
    "explain_misses", "family_of", "find_cases", "read_truth", "score", "totals",
]  # fmt: skip
