"""Order, and parts of a plan. Pure: nothing here talks to anybody."""

from dataclasses import dataclass, replace
from itertools import permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mig.engine.ledger import Ledger, Ledgers
from mig.engine.plan import Action, Allowance, Change, Growth, Plan, Quota
from mig.engine.planner import in_order, make_plan, only, without_publishing
from mig.engine.probed import Probed
from mig.engine.snapshot import Base, Part, Snapshot
from mig.manifest.errors import ManifestError
from mig.manifest.load import load_manifest
from mig.manifest.model import Manifest
from mig.model.findings import Finding, Severity
from mig.model.outcome import Exit
from tests.engine.conftest import MIGRATION, change, plan_of


def ids(changes: tuple[Change, ...]) -> list[str]:
    return [one.id for one in changes]


A = change("a", depends_on=["segment.b/create"])
B = change("b")
C = change("c", Action.UPDATE, depends_on=["segment.b/create"])
PUBLISH_A = change("a", Action.PUBLISH, depends_on=["segment.a/create", "segment.b/publish"])
PUBLISH_B = change("b", Action.PUBLISH, depends_on=["segment.b/create"])
BLOCKED = change("d", Action.BLOCKED)
PLAN = plan_of(A, PUBLISH_A, B, PUBLISH_B, C, BLOCKED)


# --- order ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("given_", list(permutations([A, B, PUBLISH_A, PUBLISH_B])))
def test_by_address_then_by_what_depends_on_what(given_: tuple[Change, ...]) -> None:
    expected = ["segment.a/create", "segment.a/publish", "segment.b/create", "segment.b/publish"]
    assert ids(in_order(given_)) == expected


def test_what_is_not_in_the_plan_counts_as_done() -> None:
    assert ids(in_order([change("a", depends_on=["segment.elsewhere/create"])])) == ["segment.a/create"]


# --- parts ------------------------------------------------------------------------------------------------


def test_a_plan_without_a_choice_is_whole() -> None:
    assert only(PLAN, (), ()) is PLAN
    assert PLAN.complete


@pytest.mark.parametrize(
    ("keep", "leave", "expected"),
    [
        ("b", "", ["b/create", "b/publish"]),
        ("a", "", ["a/create", "a/publish", "b/create", "b/publish"]),
        ("c", "", ["b/create", "c/update"]),
        ("d", "", ["d/blocked"]),
        ("", "d", ["a/create", "a/publish", "b/create", "b/publish", "c/update"]),
        ("", "a", ["b/create", "b/publish", "c/update", "d/blocked"]),
        ("", "b", ["d/blocked"]),
        ("ac", "a", ["b/create", "b/publish", "c/update"]),
        ("a", "b", []),
    ],
)
def test_what_is_kept_brings_along_and_what_is_left_takes_along(
    keep: str, leave: str, expected: list[str]
) -> None:
    part = only(PLAN, [f"segment.{key}" for key in keep], [f"segment.{key}" for key in leave])
    assert ids(part.changes) == [f"segment.{one}" for one in expected]
    assert not part.complete


KEYS = st.sets(st.sampled_from("abcd"))


@settings(max_examples=60, derandomize=True)
@given(KEYS, KEYS)
def test_a_part_of_a_plan_never_lacks_what_it_depends_on(keep: set[str], leave: set[str]) -> None:
    part = only(PLAN, {f"segment.{key}" for key in keep}, {f"segment.{key}" for key in leave})
    kept = set(ids(part.changes))
    for one in part.changes:
        assert set(one.depends_on) <= kept
        assert one.address.key not in leave


def test_addresses_that_the_plan_does_not_have_are_all_named() -> None:
    with pytest.raises(ManifestError) as raised:
        only(PLAN, ["segment.bb", "segment.a"], ["event.nothing_like_it"])
    told = [(one.code, one.message, one.fix) for one in raised.value.findings]
    assert [one[:2] for one in told] == [
        ("MAN018", "the manifest has no event.nothing_like_it"),
        ("MAN018", "the manifest has no segment.bb"),
    ]
    assert told[1][2] == "did you mean segment.b?"


def test_publishing_can_be_left_for_another_day() -> None:
    part = without_publishing(PLAN)
    assert ids(part.changes) == [
        "segment.a/create",
        "segment.b/create",
        "segment.c/update",
        "segment.d/blocked",
    ]
    assert part.complete


def test_what_expired_comes_back_by_publishing_only() -> None:
    there = Allowance(limit=10, used=1, after=1)
    growth = {
        "segment.a/publish": Growth(platform={"dynamic": 1}),
        "segment.b/create": Growth(own=1, platform={"static": 1}),
    }
    quota = Quota(own=there, platform={"dynamic": there, "static": there}, growth=growth).when(PLAN.changes)
    plan = replace(PLAN, quota=quota)
    assert figures(plan) == {"own": 2, "dynamic": 2, "static": 2}
    assert figures(without_publishing(plan)) == {"own": 2, "dynamic": 1, "static": 2}
    assert figures(only(plan, (), ["segment.b"])) == {"own": 1, "dynamic": 1, "static": 1}


def figures(plan: Plan) -> dict[str, int]:
    """What there will be of each."""
    assert plan.quota is not None
    return {"own": plan.quota.own.after, **{kind: one.after for kind, one in plan.quota.platform.items()}}


# --- the whole --------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Fixed:
    """A kind of resource that has decided already."""

    part: Part

    def plan(self, manifest: Manifest, base: Base, *, prune: bool) -> Part:
        return self.part


@pytest.fixture
def manifest(tmp_path_factory: pytest.TempPathFactory) -> Manifest:
    file = tmp_path_factory.mktemp("plan") / "mig.yaml"
    file.write_text(
        f"version: 1\nmigration: {MIGRATION}\nenvironments: {{demo: {{sandbox: demo}}}}\n"
        "segments: [source: A]\n",
        encoding="utf-8",
    )
    return load_manifest(file, environ={})


def snapshot(*parts: Part, copied_from: tuple[str, ...] = ()) -> Snapshot:
    here = PLAN.source
    base = Base(here, here, Ledgers(Ledger("0-0", MIGRATION), (), copied_from), Probed("0-0"))
    return Snapshot(base, tuple(Fixed(part) for part in parts))


def test_the_parts_of_all_kinds_make_one_plan(manifest: Manifest) -> None:
    growth = {key: Growth(own=1) for key in ("segment.a/create", "segment.b/create")}
    quota = Quota(own=Allowance(limit=10, used=1, after=3), growth=growth)
    told = Finding(code="SEG023", severity=Severity.INFO, message="no longer in the manifest")
    plan = make_plan(manifest, snapshot(Part((C, B), quota, (), (told,)), Part((A,))))
    assert ids(plan.changes) == ["segment.a/create", "segment.b/create", "segment.c/update"]
    assert (plan.migration, plan.quota, plan.findings) == (MIGRATION, quota, (*manifest.findings, told))
    assert plan.summary["create"] == 2
    assert plan.applyable
    assert plan.outcome.exit is Exit.PENDING


def test_the_same_in_any_order_is_the_same_plan(manifest: Manifest) -> None:
    plans = [
        make_plan(manifest, snapshot(Part((A, B)), Part((C, PUBLISH_B)))),
        make_plan(manifest, snapshot(Part((C, B)), Part((PUBLISH_B, A)))),
    ]
    assert plans[0] == plans[1]
    assert plans[0].digest == plans[1].digest


def test_a_copy_of_an_environment_says_so(manifest: Manifest) -> None:
    plan = make_plan(manifest, snapshot(copied_from=("old-organisation",)))
    [finding] = [one for one in plan.findings if one.code == "ENV008"]
    assert "old-organisation" in finding.message
    assert plan.applyable


def test_what_a_plan_adds_up_to() -> None:
    error = Finding(code="MAN013", severity=Severity.ERROR, message="no such segment")
    assert plan_of().outcome.exit is Exit.DONE
    assert plan_of(change("u", Action.UNCHANGED)).outcome.exit is Exit.DONE
    assert plan_of(B).outcome.exit is Exit.PENDING
    assert plan_of(B, BLOCKED).outcome.exit is Exit.REFUSED
    assert plan_of(B, replace(BLOCKED, listed=False)).outcome.exit is Exit.PENDING
    assert replace(plan_of(B, BLOCKED), findings=(error,)).outcome.exit is Exit.FAILED


@pytest.mark.parametrize(
    "other",
    [
        plan_of(replace(B, precondition="another")),
        plan_of(replace(B, after={"name": "other"})),
        plan_of(B, C),
        replace(plan_of(B), manifest_digest="another"),
        replace(plan_of(B), target=replace(PLAN.target, organization_id="1-1")),
    ],
)
def test_the_digest_changes_with_what_would_be_done(other: Plan) -> None:
    assert other.digest != plan_of(B).digest
