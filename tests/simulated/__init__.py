"""Simulated sites: recorded cases of networks far larger than one machine can run, from a plan and a seed."""
