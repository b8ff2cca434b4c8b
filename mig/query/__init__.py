"""The two query languages: outbound and real-time.

One tree (`tree`), one reader (`parser`, with `tokens`), one writer (`printer`), analysis, translation and
evaluation to SQL. Knows table metadata, and nothing of the web, of segments as rows, or of terminals.
"""
