"""Reads a manifest: text, tree, typed values, the schema's verdict, what is built of it, checks across it.

Every step goes on past what an earlier one found, so that one run reports every mistake.
"""

import hashlib
import json
import re
from collections.abc import Collection, Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path

from mig.manifest.checks import check_sources_and_addresses
from mig.manifest.complaints import Complaints, in_order
from mig.manifest.environments import Variables, build_environments
from mig.manifest.errors import ManifestError
from mig.manifest.events import build_events
from mig.manifest.model import Manifest
from mig.manifest.nodes import Document
from mig.manifest.policy import build_policy
from mig.manifest.schema_errors import judge
from mig.manifest.segments import build_segments
from mig.manifest.shape import Json, SchemaPart, Shape, typed
from mig.manifest.view import View
from mig.manifest.yaml_reader import MAX_BYTES, read_yaml
from mig.model.bundled import bundled
from mig.model.findings import Finding, Place, Severity, blocking


def load_manifest(
    path: Path, *, environ: Mapping[str, str], environments: Collection[str] | None = None
) -> Manifest:
    """Read a manifest file; `ManifestError` carries every mistake in it.

    `${NAME}` is taken from `environ`, in the environments named (None: in all) and in their sources.
    """
    return parse_manifest(_text(path), str(path), environ=environ, environments=environments)


def parse_manifest(
    text: str, file: str, *, environ: Mapping[str, str], environments: Collection[str] | None = None
) -> Manifest:
    """The same for a text; `file` is what findings call it."""
    document = read_yaml(text, file)
    if document.root is None:
        raise ManifestError(document.findings or [_empty(document)])
    schema = manifest_schema()
    data = typed(document.root, Shape.of(schema, schema))
    verdict = judge(document, data, schema)
    view = View(document, verdict.wrong - {()}, document.root, data)
    complaints = Complaints()
    manifest = _build(view, Variables(environ, environments), complaints, _digest(data))
    check_sources_and_addresses(manifest, complaints)
    findings = in_order([*document.findings, *verdict.findings, *complaints.findings])
    if blocking(findings):
        raise ManifestError(findings)
    return replace(manifest, findings=findings)


@cache
def manifest_schema() -> SchemaPart:
    """The published schema of manifests."""
    text = bundled("schemas", "manifest.schema.json").read_text(encoding="utf-8")
    schema: SchemaPart = json.loads(text, object_hook=_with_python_pattern)
    return schema


def _with_python_pattern(part: dict[str, Json]) -> dict[str, Json]:
    """`$` is the very end in the schema's ECMAScript; in Python it also matches before a last line break."""
    pattern = part.get("pattern")
    return part | {"pattern": re.sub(r"\$$", r"\\Z", pattern)} if isinstance(pattern, str) else part


def _build(view: View, variables: Variables, complaints: Complaints, digest: str) -> Manifest:
    return Manifest(
        file=view.document.file,
        migration=view.text("migration") or "",
        environments=build_environments(view.child("environments"), variables, complaints),
        policy=build_policy(view.child("policy"), complaints),
        segments=tuple(build_segments(view.child("segments"), complaints)),
        events=tuple(build_events(view.child("events"), complaints)),
        digest=digest,
    )


def _text(path: Path) -> str:
    """The file's text; what cannot be read is MAN001."""
    try:
        with path.open("rb") as file:
            raw = file.read(MAX_BYTES + 1)
    except OSError as error:
        fix = "check the name, or give another file with -f"
        raise ManifestError([_unreadable(path, error.strerror or "it cannot be opened", fix)]) from None
    except ValueError:  # a NUL in the name
        raise ManifestError([_unreadable(path, "this is no file name", "check the name")]) from None
    try:
        return raw.decode("utf-8", "strict" if len(raw) <= MAX_BYTES else "replace")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        what = f"it is not UTF-8 (byte {raw[error.start]:#04x} on line {line})"
        raise ManifestError([_unreadable(path, what, "save it as UTF-8", line)]) from None


def _unreadable(path: Path, why: str, fix: str, line: int = 1) -> Finding:
    return Finding(
        code="MAN001",
        severity=Severity.ERROR,
        message=f"{path} cannot be read: {why}",
        fix=fix,
        place=Place(str(path), line, 1),
    )


def _empty(document: Document) -> Finding:
    return Finding(
        code="MAN006",
        severity=Severity.ERROR,
        message="the file is empty: `version`, `migration` and `environments` are missing",
        fix="start with `version: 1`",
        place=document.place(None),
    )


def _digest(data: Json) -> str:
    canonical = json.dumps(data, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode("ascii")).hexdigest()
