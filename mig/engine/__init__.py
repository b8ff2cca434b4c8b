"""The engine: snapshot, plan, apply, ledger, lock. It knows resources, and no segment and no event."""
