"""The segment resource: read both sides, decide, act, publish, compare members."""
