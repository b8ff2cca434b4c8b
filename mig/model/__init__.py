"""The leaf everybody may import: findings, addresses, outcomes, table metadata. Reads only bundled files."""
