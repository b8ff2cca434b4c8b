"""Renderers: each turns a plan, a run, a verification or findings into one format. No I/O."""
