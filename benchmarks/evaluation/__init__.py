"""The figures of docs/evaluation.md: `python -m benchmarks.evaluation` measures them all and writes them as Markdown."""
