"""The mark in a description, whatever people have made of the text around it."""

import pytest

from mig.segments.mark import ROOM, mark_of, marked, marked_for, unmarked

ID = "5e000000-0000-0000-0000-0000000000aa"
MARK = mark_of(ID)


@pytest.mark.parametrize("text", ["Of one city", "Two\n\nparagraphs ", "mig: not one", "mig:5e000000"])
def test_it_comes_off_as_it_was_put_on(text: str) -> None:
    assert (unmarked(marked(text, ID)), marked_for(marked(text, ID))) == (text, ID)
    assert (unmarked(text), marked_for(text)) == (text, None)
    assert len(marked(text, ID)) == len(text) + ROOM


@pytest.mark.parametrize(
    ("found", "text"),
    [
        (MARK, None),
        (f"Mine {MARK.upper().replace('MIG', 'mig')}", "Mine"),
        (f"Mine\r\n{MARK}\r\nand more", "Mine\r\nand more"),
        (f"{MARK}\nbelow", "\nbelow"),
    ],
)
def test_what_people_make_of_it_is_read(found: str, text: str | None) -> None:
    assert (unmarked(found), marked_for(found)) == (text, ID)


@pytest.mark.parametrize("text", [None, "", f"x{MARK}", f"{MARK}0", f"https://example/{MARK}"])
def test_what_only_looks_like_one_is_none(text: str | None) -> None:
    assert marked_for(text) is None
