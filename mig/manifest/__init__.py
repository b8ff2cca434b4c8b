"""YAML to `Manifest`: reading within bounds, the schema, positions for errors, environments, selection.

Knows no service and no network: what it cannot tell from the file alone is left to `resolve`, which is
given the source's rows.
"""
