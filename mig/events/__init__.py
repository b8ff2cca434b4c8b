"""The event resource. This version refuses every event; it moves none."""
