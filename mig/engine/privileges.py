"""Privileges before planning: what a manifest needs, against what the caller may do.

Each kind of resource says what it needs; the organisation is asked once. Comparing is pure. What a plan
cannot be right without stops it; what only an apply needs stops the apply, before its first write. Where an
organisation does not tell, nothing is stopped.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from mig.dataverse.client import Client
from mig.dataverse.errors import WHERE_GIVEN, DataverseError
from mig.dataverse.privileges import Caller, Depth, NotTold, held_by, held_by_name
from mig.engine.plan import IDLE, Action, Change
from mig.model.address import Kind
from mig.model.findings import Finding, Severity
from mig.model.outcome import Exit

# The platform's own tables are called otherwise in the names of privileges: prvReadNote, prvReadUser.
_ALSO_CALLED: Final[Mapping[str, str]] = {"Annotation": "Note", "SystemUser": "User"}
_REACH: Final = {
    Depth.BASIC: "its own rows",
    Depth.LOCAL: "its business unit",
    Depth.DEEP: "its business unit and those below",
}
_ANY: Final = frozenset(Action) - IDLE
# What is so with some privileges, and what comes of it.
_WORDS: Final[Mapping[str, tuple[str, str]]] = {
    "ENV028": ("lacks", "needed to read what is there"),
    "ENV029": ("lacks", "needed to apply"),
    "ENV033": ("sees only a part with", "rows of other business units are missing without a word"),
    "ENV035": ("may write only a part with", "changing other rows is refused"),
    "ENV036": ("lacks", "what they would tell is not known"),
}


class Without(StrEnum):
    """What becomes of a plan without a privilege to read."""

    WRONG = "wrong"  # it is not made
    SILENT = "silent"  # it is made, and does not tell what it does not know
    TOLD = "told"  # it is made, and tells that a table cannot be read


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """One privilege: a verb and the schema name of a table.

    With `actions` it is one to write with: those actions, on resources of `kind` or of any, fail without it.
    `note` is what else to know of who has it.
    """

    verb: str
    table: str
    without: Without = Without.WRONG
    actions: frozenset[Action] = frozenset()
    kind: Kind | None = None
    note: str = ""

    @property
    def names(self) -> tuple[str, ...]:
        """What the privilege may be called (reference/dataverse-schema.md 9), the usual name first."""
        also = _ALSO_CALLED.get(self.table)
        return tuple(f"prv{self.verb}{table}" for table in (also, self.table) if table)

    @property
    def reads(self) -> bool:
        """Whether it is for planning."""
        return not self.actions

    @property
    def purpose(self) -> str:
        """What takes it: to plan, to apply, or no more than to delete what is not listed any more."""
        if self.reads:
            return "plan"
        return "prune" if self.actions == {Action.DELETE} else "apply"

    def serves(self, changes: Iterable[Change]) -> bool:
        """Whether one of these changes is made with it."""
        return any(
            change.action in self.actions and self.kind in (None, change.address.kind) for change in changes
        )


@dataclass(frozen=True, slots=True)
class Needs:
    """What is needed on either side of the move."""

    source: tuple[Need, ...] = ()
    target: tuple[Need, ...] = ()

    def joined(self, other: "Needs") -> "Needs":
        """Both together."""
        return Needs((*self.source, *other.source), (*self.target, *other.target))


# Ledger and lock are notes; the lock is given back by deleting it.
NOTES: Final = Needs(
    target=(
        Need(verb="Read", table="Annotation"),
        *(Need(verb=verb, table="Annotation", actions=_ANY) for verb in ("Create", "Write", "Delete")),
    )
)


class Held(StrEnum):
    """Whether a privilege is held."""

    WHOLLY = "held"
    PARTLY = "in part"
    NOT = "missing"
    UNKNOWN = "not known"


@dataclass(frozen=True, slots=True)
class Privilege:
    """A need and what there is of it; `depth` where it reaches some rows only."""

    need: Need
    name: str
    held: Held
    depth: Depth | None = None

    @property
    def reach(self) -> str:
        """Which rows it reaches, in words; empty where that is all of them, none, or not known."""
        return _REACH[self.depth] if self.depth is not None else ""


@dataclass(frozen=True, slots=True)
class Rights:
    """What a user may do in an environment, of what is needed there; `silence` says why that is not known."""

    environment: str
    user: str
    privileges: tuple[Privilege, ...]
    silence: str = ""

    def findings(self, wanted: Callable[[Privilege], bool], unwritable: Severity) -> Iterator[Finding]:
        """What is to be said of those that are wanted; `unwritable` weighs what an apply cannot do."""
        if self.silence:
            yield self._silence
        for code, severity, held, concerns in _TELLING:
            found = [
                one for one in self.privileges if one.held is held and concerns(one.need) and wanted(one)
            ]
            if found:
                yield self._finding(code, severity or unwritable, found)

    def _finding(self, code: str, severity: Severity, found: Sequence[Privilege]) -> Finding:
        lacks, consequence = _WORDS[code]
        notes = dict.fromkeys(one.need.note for one in found if one.need.note and one.held is Held.NOT)
        return Finding(
            code=code,
            severity=severity,
            message=f"in {self.environment} user {self.user} {lacks} {_listed(found)}: {consequence}",
            fix="; ".join((f"grant it for the whole organisation in a security role: {WHERE_GIVEN}", *notes)),
        )

    @property
    def _silence(self) -> Finding:
        return Finding(
            code="ENV034",
            severity=Severity.INFO,
            message=f"what this identity may do in {self.environment} is not known: {self.silence}",
            fix="nothing is refused for it; what is lacking shows where a request is refused",
        )


def _listed(found: Iterable[Privilege]) -> str:
    """The names, those of one reach together."""
    by_reach: dict[str, list[str]] = {}
    for one in found:
        by_reach.setdefault(one.reach, []).append(one.name)
    told = ((", ".join(names), f" ({reach})" if reach else "") for reach, names in by_reach.items())
    return "; ".join(names + reach for names, reach in told)


def _wrong(need: Need) -> bool:
    return need.reads and need.without is Without.WRONG


def _poorer(need: Need) -> bool:
    return need.reads and need.without is not Without.WRONG


def _reads(need: Need) -> bool:
    return need.reads


def _writes(need: Need) -> bool:
    return not need.reads


# By code: how grave, and which privileges it speaks of. How grave it is not to write depends on who asks.
_TELLING: Final[Sequence[tuple[str, Severity | None, Held, Callable[[Need], bool]]]] = (
    ("ENV028", Severity.ERROR, Held.NOT, _wrong),
    ("ENV029", None, Held.NOT, _writes),
    ("ENV036", Severity.WARNING, Held.NOT, _poorer),
    ("ENV033", Severity.WARNING, Held.PARTLY, _reads),
    ("ENV035", Severity.WARNING, Held.PARTLY, _writes),
)


class PrivilegesLacking(DataverseError):
    """What is asked for cannot be had by this identity; `findings` name every privilege."""

    code = "ENV028"
    exit = Exit.DENIED

    def __init__(self, findings: Sequence[Finding]) -> None:
        self.findings = tuple(findings)
        super().__init__("; ".join(finding.message for finding in findings))


async def read_rights(client: Client, environment: str, caller: Caller, needs: Sequence[Need]) -> Rights:
    """Ask the organisation; once more, by name, for what the first answer does not show in full."""
    try:
        listed = await held_by(client, caller.user)
    except NotTold as error:
        return Rights(environment, caller.user, compared(needs, {}, {}), str(error))
    doubted = {name for need in needs for name in need.names if _deepest(listed, need) is not Depth.GLOBAL}
    by_name = await held_by_name(client, caller.user, doubted) if doubted else {}
    return Rights(environment, caller.user, compared(needs, listed, by_name))


def compared(
    needs: Iterable[Need], listed: Mapping[str, Depth], by_name: Mapping[str, Depth | None]
) -> tuple[Privilege, ...]:
    """What there is of each need, in the order of their names.

    Both mappings are by name in lower case; the second has None for what is not held, and lacks what nobody
    knows. What is listed and was not answered by name is held, as deep as nobody knows.
    """
    found = {need: _compared(need, listed, by_name) for need in needs}
    return tuple(sorted(found.values(), key=lambda one: (one.name.lower(), one.need.verb)))


def _compared(need: Need, listed: Mapping[str, Depth], by_name: Mapping[str, Depth | None]) -> Privilege:
    known = [name for name in need.names if name.lower() in {**listed, **by_name}]
    name = known[0] if known else need.names[0]
    depth = max((_deepest(listed, need), _deepest(by_name, need)), key=lambda one: one or 0)
    if depth is Depth.GLOBAL:
        return Privilege(need, name, Held.WHOLLY)
    if not any(one.lower() in by_name for one in known):
        return Privilege(need, name, Held.UNKNOWN)
    return Privilege(need, name, Held.NOT if depth is None else Held.PARTLY, depth)


def _deepest(depths: Mapping[str, Depth | None] | Mapping[str, Depth], need: Need) -> Depth | None:
    return max((depths.get(name.lower()) for name in need.names), key=lambda one: one or 0)


# --- what follows -----------------------------------------------------------------------------------------


def check_readable(rights: Iterable[Rights]) -> None:
    """Raise `PrivilegesLacking`, with all that is lacking, where no plan would be right."""
    found = [finding for one in rights for finding in one.findings(usual, Severity.WARNING)]
    if any(finding.severity is Severity.ERROR for finding in found):
        raise PrivilegesLacking(found)


def check_writable(rights: Iterable[Rights], work: Collection[Change]) -> None:
    """Raise `PrivilegesLacking` where not all of these changes can be made."""
    found = [
        finding
        for one in rights
        for finding in one.findings(lambda privilege: privilege.need.serves(work), Severity.ERROR)
        if finding.severity is Severity.ERROR
    ]
    if found:
        raise PrivilegesLacking(found)


def told(rights: Iterable[Rights], work: Collection[Change]) -> Iterator[Finding]:
    """What a plan says of the rights it was made with, and of those that applying it takes.

    What a reader tells by itself is not told twice.
    """

    def concerns(privilege: Privilege) -> bool:
        need = privilege.need
        if need.reads:
            return need.without is not Without.TOLD or privilege.held is not Held.NOT
        return need.serves(work)

    for one in rights:
        yield from one.findings(concerns, Severity.WARNING)


def usual(privilege: Privilege) -> bool:
    """Whether it is needed for more than for deleting what a manifest does not list any more."""
    return privilege.need.purpose != "prune"


def every(privilege: Privilege) -> bool:
    """Whatever it is needed for."""
    return True
