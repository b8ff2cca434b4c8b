"""A first manifest holds the names of its segments, whatever is in them."""

from dataclasses import replace
from datetime import UTC, datetime

from hypothesis import example, given
from hypothesis import strategies as st

from mig.manifest.load import parse_manifest
from mig.manifest.model import Entry
from mig.model.address import Address, key_of
from mig.model.findings import Finding, Severity
from mig.report.first_manifest import first_manifest, manifest_head
from mig.segments.inventory import Item
from mig.segments.ranking import InUse, Merit

HEAD = manifest_head("contoso", {"sandbox": "contoso"})
ITEM = Item(
    address="segment.a",
    id="5e000000-0000-0000-0000-000000000001",
    name="A",
    kind="dynamic",
    status="live",
    created=None,
    modified=None,
    size=None,
    size_age=None,
    ids_stored=None,
    nesting=0,
    depth=0,
    merit=Merit(InUse.NOT_USED, datetime(2026, 1, 1, tzinfo=UTC)),
    journeys=(),
    used=False,
    owner=None,
    business_unit=None,
    migrated=None,
    documented=True,
    extended=True,
    eligible=True,
    findings=(),
    link=None,
)
# Signs that end a line, that YAML does not allow, that it reads as something else, or that it folds.
AWKWARD = "\t\n\r\x07\x1b\x7f\x85\x9f\xa0\u2028\u2029\ufeff\ufffe\U0001f600 #:'\"\\-&*!|>%@`{}[],?"


@given(st.text(st.sampled_from(AWKWARD) | st.characters(exclude_categories=["Cs"]), min_size=1, max_size=30))
@example("null")
@example("0\x85")
@example("a\u202eb")
@example("- a: b # c")
@example("x" * 100 + " " + "y" * 100)
def test_any_name_is_read_back(name: str) -> None:
    item = replace(ITEM, name=name, address=str(Address("segment", key_of(name))))
    errors = (
        Finding(code="SEG003", severity=Severity.ERROR, message=f"refers to {name}", fix="leave it out"),
    )
    blocked = replace(item, name=f"not {name}", eligible=False, findings=errors)
    text = first_manifest(HEAD, [(InUse.NOT_USED, [item])], [blocked], {})
    assert text.isascii() or all(line.isprintable() for line in text.split("\n"))
    (entry,) = parse_manifest(text, "first.yaml", environ={}).segments
    assert isinstance(entry, Entry)
    assert (entry.source_name, entry.source_id) == ((name, None) if name.strip() else (None, item.id))


def test_what_means_the_same_is_told_once_below_the_first() -> None:
    other = replace(ITEM, id="5e000000-0000-0000-0000-000000000002", name="B", address="segment.b")
    alike = {ITEM.id: (other.id,), other.id: (ITEM.id,)}
    text = first_manifest(HEAD, [(InUse.LIVE, [ITEM, other])], [], alike)
    assert text.endswith("  - source: A\n  # Means the same as 'A' above.\n  - source: B\n")


def test_nothing_that_can_move_is_a_manifest_too() -> None:
    text = first_manifest(HEAD, [], [replace(ITEM, eligible=False)], {})
    assert parse_manifest(text, "first.yaml", environ={}).segments == ()
