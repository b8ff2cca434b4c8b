"""Which names are those of copies, and of what."""

import pytest

from mig.segments.names import copied_name


@pytest.mark.parametrize(
    ("name", "source"),
    [
        ("Migrated – Newsletter", "Newsletter"),
        ("Migrated - Newsletter", "Newsletter"),
        ("Migrated — Newsletter", "Newsletter"),
        ("Migrated ‐ Newsletter", "Newsletter"),
        ("Migrated \N{NON-BREAKING HYPHEN} Newsletter", "Newsletter"),
        ("Migrated \N{MINUS SIGN} Newsletter", "Newsletter"),
        ("Migrated–Newsletter", "Newsletter"),
        ("  Migrated \N{NO-BREAK SPACE}–\t Newsletter  ", "Newsletter"),
        ("MIGRATED - Newsletter", "Newsletter"),
        ("migrated-news-letter", "news-letter"),
        ("Migrated – Migrated – Newsletter", "Migrated – Newsletter"),
        ("Migrated – ", ""),
        ("Migrated –\nTwo lines", "Two lines"),
        ("Migrated Newsletter", None),
        ("Migrated: Newsletter", None),
        ("Migrated _ Newsletter", None),
        ("Migrated", None),
        ("Not Migrated – Newsletter", None),
        ("Newsletter", None),
        ("", None),
    ],
)
def test_copied_name(name: str, source: str | None) -> None:
    assert copied_name(name) == source
