"""Loading: what the manifest says as values, files that cannot be read, the digest, variables."""

import json
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mig.manifest.choose import choose_environment, source_environment
from mig.manifest.errors import ManifestError, UnknownEnvironment
from mig.manifest.load import load_manifest, parse_manifest
from mig.manifest.model import (
    Adopt,
    Amount,
    Entry,
    Evidence,
    Limits,
    Manifest,
    MembersFile,
    OnDrift,
    Policy,
    Publish,
    Selection,
    Waitlist,
)
from mig.model.address import Address
from mig.model.findings import Severity

CASES = Path(__file__).parents[1] / "cases" / "manifest"
PLANS = sorted((Path(__file__).parents[2] / "plans").glob("*.yaml"))
HEADER = "version: 1\nmigration: demo\nenvironments: {demo: {sandbox: demo}}\n"
VARIABLES = {"MIG_EVENTS_ENDPOINT": "https://events.example", "MIG_EVENTS_TOKEN": "s3cret"}


def parse(below: str) -> Manifest:
    return parse_manifest(HEADER + below, "manifest.yaml", environ={})


def entry(text: str) -> Entry:
    (one,) = parse(f"segments:\n  - {text}\n").segments
    assert isinstance(one, Entry)
    return one


@pytest.fixture(scope="module")
def whole() -> Manifest:
    """Everything the format knows, once."""
    return load_manifest(CASES / "whole" / "manifest.yaml", environ=VARIABLES)


# --- values -----------------------------------------------------------------------------------------------


def test_the_least_manifest_has_every_default() -> None:
    manifest = parse("")
    assert manifest.policy == Policy()
    assert (manifest.segments, manifest.events, manifest.findings) == ((), (), ())
    assert choose_environment(manifest, None).sandbox == "demo"
    assert manifest.policy.prefix == "Migrated – "


def test_the_whole_format_is_accepted(whole: Manifest) -> None:
    assert {finding.severity for finding in whole.findings} == {Severity.WARNING}
    assert {finding.code for finding in whole.findings} == {"MAN008"}


@pytest.mark.parametrize("path", PLANS, ids=[path.stem for path in PLANS])
def test_manifests_to_copy_are_valid(path: Path) -> None:
    manifest = load_manifest(path, environ={})
    assert not manifest.findings


def test_policy(whole: Manifest) -> None:
    policy = whole.policy
    assert policy.brakes.updates == Amount(Decimal(20), percent=True)
    assert policy.brakes.publishes == Amount(Decimal(500))
    assert str(policy.tolerance_dynamic) == "0.5%"
    assert policy.waive[0].on == Address("segment", "vips")


def test_entries(whole: Manifest) -> None:
    newsletter, vips, query, retired, rebuilt, selection = whole.segments
    assert isinstance(newsletter, Entry)
    assert isinstance(vips, Entry)
    assert isinstance(query, Entry)
    assert isinstance(retired, Entry)
    assert isinstance(rebuilt, Entry)
    assert isinstance(selection, Selection)
    assert newsletter.publish is Publish.ONCE
    assert newsletter.expect_members == (900, 1400)
    assert vips.source_id == "5f1c0a52-0f0e-4a55-9a61-3d3a3a6d0a11"
    assert (vips.key, vips.name, vips.adopt) == ("vips", "VIP customers", Adopt.OURS)
    assert vips.target_id == "0b8e0d9c-1b6f-4f0f-8f5e-0f6f2f5c1a11"
    assert vips.members == MembersFile("vips.csv", "emailaddress1")
    assert vips.evidence == Evidence("vips-2026-04.csv", "contactid", date(2026, 4, 30))
    assert query.query == "PROFILE(contact).FILTER(…)"
    assert retired.retire == "not used since 2023"
    assert rebuilt.rebuilt_as == "3f0e0a52-0f0e-4a55-9a61-3d3a3a6d0a11"
    assert (selection.name, selection.types, selection.statuses) == (
        "EMEA *",
        ("dynamic",),
        ("live", "stopped"),
    )
    assert selection.modified_after == datetime(2024, 1, 1, tzinfo=UTC)
    assert selection.used is True


def test_events(whole: Manifest) -> None:
    (event,) = whole.events
    assert str(event.address()) == "event.spring_summit"
    assert event.start is not None
    assert event.start.isoformat() == "2027-05-04T09:00:00+02:00"
    assert (event.publish, event.waitlist, event.repair_few) == (True, Waitlist.EXPORT, 25)
    assert event.columns == {"new_shirtsize": "new_shirtsize"}


@pytest.mark.parametrize("name", ["2024", "true", "no", "00123", "12:30", "~", "1e3", "null", "0x1F"])
def test_a_name_is_its_text(name: str) -> None:
    assert entry(f"source: {name}").source_name == name
    assert entry(f"source: {{name: {name}}}").source_name == name
    assert entry(f"source: '{name}'").source_name == name


def test_an_id_is_lower_case() -> None:
    assert entry("source: {id: 5F1C0A52-0F0E-4A55-9A61-3D3A3A6D0A11}").source_id == (
        "5f1c0a52-0f0e-4a55-9a61-3d3a3a6d0a11"
    )


def test_an_entry_may_override_the_policy() -> None:
    one = entry("{source: VIP, limits: documented, on_drift: keep}")
    assert (one.limits, one.on_drift, one.on_live) == (Limits.DOCUMENTED, OnDrift.KEEP, None)


def test_an_entry_by_id_has_an_address_only_with_its_name() -> None:
    one = entry("source: {id: 5f1c0a52-0f0e-4a55-9a61-3d3a3a6d0a11}")
    assert one.address() is None
    assert str(one.address("Zürich (2026)")) == "segment.zürich_2026_"


# --- digest -----------------------------------------------------------------------------------------------

SIGNED_IN = """\
version: 1
migration: m
environments:
  p: {url: "https://contoso.example", auth: {method: token, token: "${T}"}}
"""


def test_comments_and_spelling_do_not_change_the_digest() -> None:
    assert parse("segments: [{source: VIP}]").digest == parse("segments:\n  # us\n  - source: 'VIP'\n").digest
    assert parse("segments: [{source: VIP}]").digest != parse("segments: [{source: Vip}]").digest


def test_secrets_do_not_change_the_digest() -> None:
    first, second = (parse_manifest(SIGNED_IN, "f", environ={"T": secret}).digest for secret in ("a", "b"))
    assert first == second


# --- variables --------------------------------------------------------------------------------------------


def test_a_variable_is_never_shown(whole: Manifest) -> None:
    events = whole.environments["test"].events
    assert events is not None
    assert events.token.reveal() == "s3cret"
    assert "s3cret" not in repr(whole)
    assert str(events.token) == "${MIG_EVENTS_TOKEN}"


def test_a_secret_written_out_is_not_shown_either() -> None:
    manifest = parse_manifest(SIGNED_IN.replace("${T}", "eyJ0"), "f", environ={})
    token = manifest.environments["p"].auth.token
    assert token is not None
    assert token.reveal() == "eyJ0"
    assert "eyJ0" not in repr(token) + str(token)


TWO = """\
version: 1
migration: m
environments:
  demo: {sandbox: demo}
  prod: {url: "https://${HOST}", source: test, auth: &auth {method: token, token: "${TOKEN}"}}
  test: {url: "https://${TEST}", auth: *auth}
"""


def test_only_the_environments_asked_for_are_expanded() -> None:
    manifest = parse_manifest(TWO, "f", environ={}, environments={"demo"})
    url = manifest.environments["prod"].url
    assert url is not None
    assert not url.known
    with pytest.raises(LookupError):
        url.reveal()


def test_the_source_of_an_environment_is_asked_for_with_it() -> None:
    environ = {"HOST": "a.example", "TOKEN": "t"}
    with pytest.raises(ManifestError, match="TEST is not set"):
        parse_manifest(TWO, "f", environ=environ, environments={"prod"})
    manifest = parse_manifest(TWO, "f", environ=environ | {"TEST": "b.example"}, environments={"prod"})
    source = source_environment(manifest, manifest.environments["prod"])
    assert source.url is not None
    assert source.url.reveal() == "https://b.example"


# --- choosing an environment ------------------------------------------------------------------------------


def test_an_unknown_environment_is_answered_with_those_there_are() -> None:
    manifest = parse_manifest(TWO, "f", environ={}, environments=())
    with pytest.raises(UnknownEnvironment) as several:
        choose_environment(manifest, None)
    assert "demo, prod or test" in several.value.findings[0].fix
    with pytest.raises(UnknownEnvironment) as unknown:
        choose_environment(manifest, "prd")
    assert unknown.value.findings[0].fix == "did you mean `prod`?"
    assert choose_environment(manifest, "test").name == "test"


# --- files ------------------------------------------------------------------------------------------------


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ManifestError) as error:
        load_manifest(tmp_path / "no.yaml", environ={})
    assert error.value.findings[0].code == "MAN001"


def test_a_folder(tmp_path: Path) -> None:
    with pytest.raises(ManifestError) as error:
        load_manifest(tmp_path, environ={})
    assert error.value.findings[0].code == "MAN001"


@pytest.mark.parametrize("raw", [HEADER.encode("utf-16"), HEADER.encode() + "# é".encode("latin-1")])
def test_a_file_that_is_not_utf_8(tmp_path: Path, raw: bytes) -> None:
    path = tmp_path / "mig.yaml"
    path.write_bytes(raw)
    with pytest.raises(ManifestError) as error:
        load_manifest(path, environ={})
    assert error.value.findings[0].code == "MAN001"
    assert "UTF-8" in error.value.findings[0].fix


# --- any text ---------------------------------------------------------------------------------------------

_WORDS = (CASES / "fuzz" / "words.txt").read_text(encoding="utf-8").splitlines()
_PIECES = st.lists(st.sampled_from([*_WORDS, "\n", "\n  ", "\n    ", "\r\n", "\t", " "]), max_size=40)


@settings(max_examples=150, derandomize=True, deadline=None)
@given(st.text() | _PIECES.map(" ".join) | _PIECES.map("".join))
def test_any_text_is_a_manifest_or_findings(text: str) -> None:
    for whole_text in (text, HEADER + "segments:\n  - " + text):
        try:
            parse_manifest(whole_text, "f", environ={"X": "x"})
        except ManifestError as error:
            assert any(finding.severity is Severity.ERROR for finding in error.findings)
            assert all(finding.place for finding in error.findings)


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.sampled_from(["", "A", "30%", "2024-01-01", "${X}"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["id", "name", "x"]), inner),
    max_leaves=4,
)
_KEYS = st.sampled_from(sorted({word.rstrip(":") for word in _WORDS if word.endswith(":")}))
_PARTS = st.dictionaries(_KEYS, _JSON)


@settings(max_examples=150, derandomize=True, deadline=None)
@given(st.dictionaries(_KEYS, _JSON | _PARTS | st.lists(_PARTS, max_size=3)))
def test_any_structure_is_a_manifest_or_findings(data: dict[str, object]) -> None:
    try:
        parse_manifest(json.dumps(data), "f", environ={"X": "x"})
    except ManifestError as error:
        assert any(finding.severity is Severity.ERROR for finding in error.findings)
