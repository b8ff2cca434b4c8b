"""Queries in plain words: names of tables and columns, conditions, whole audiences, and a drawing."""
