import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mig.model.address import Address, key_of


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("Newsletter subscribers", "newsletter_subscribers"),
        ("  EMEA – VIP (2026)!  ", "_emea_vip_2026_"),
        ("snake_case__stays", "snake_case_stays"),
        ("Zürich (2026)", "zürich_2026_"),
        ("日本 の顧客", "日本_の顧客"),
        ("a\tb\nc\x1b[31m", "a_b_c_31m"),
        ("!!!", "_"),
        ("", "_"),
    ],
)
def test_the_key_of_a_name(name: str, key: str) -> None:
    assert key_of(name) == key


@settings(max_examples=200, derandomize=True)
@given(st.text(max_size=30))
def test_every_name_has_a_key_that_makes_an_address(name: str) -> None:
    key = key_of(name)
    assert key
    assert not any(character.isspace() for character in key)
    assert Address.parse(f"segment.{key}") == Address("segment", key)


@pytest.mark.parametrize("text", ["segment.newsletter", "event.spring_summit", "segment.a.b"])
def test_an_address_reads_back(text: str) -> None:
    assert str(Address.parse(text)) == text


@pytest.mark.parametrize("text", ["", "segment", "segment.", ".newsletter", "journey.welcome", "Segment.a"])
def test_what_is_no_address(text: str) -> None:
    with pytest.raises(ValueError, match=r"is not an address such as segment\.newsletter"):
        Address.parse(text)


def test_addresses_sort_by_kind_then_key() -> None:
    texts = ["segment.b", "event.z", "segment.a"]
    assert [str(address) for address in sorted(map(Address.parse, texts))] == [
        "event.z",
        "segment.a",
        "segment.b",
    ]
