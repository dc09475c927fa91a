"""Programs that run inside the nodes, of the standard library alone."""
