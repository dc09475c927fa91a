"""Networks drawn from a seed: one description that the lab runs for real and the simulator computes."""
