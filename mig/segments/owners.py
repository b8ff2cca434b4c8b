"""Who owns a copy, and which business unit it belongs to.

The manifest's word for it comes first, then what the environment's mappings say of the source's owner and
unit, then the same owner and unit: by id where source and target are one environment, else by name. An owner
who cannot own the copy gives way to the one that the mappings name, and is a finding where they name none.
What has no outbound segment behind it belongs to whoever applies, unless the manifest names an owner.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from mig.manifest.model import Entry, MappedName, Mappings
from mig.model.findings import Finding, Severity
from mig.segments.cells import unit_path
from mig.segments.directory import TEAM, USER, Directory, Owner, Unit, forms
from mig.segments.rows import OWNER, SCOPE_UNIT, UNIT, SourceSegment

_NAME_OWNER = "name one with `owner:` on the entry, or under `mappings.owners` of the environment"
_NAME_UNIT = (
    "name one with `business_unit:` on the entry, or under `mappings.business_units` of the environment"
)


@dataclass(frozen=True, slots=True)
class Ownership:
    """An owner of the target, and the id of the business unit the copy belongs to; None: nobody says."""

    owner: Owner | None
    unit_id: str | None

    @property
    def state(self) -> Mapping[str, str]:
        """As columns of the copy. One that nobody says anything of is left out: it may hold anything."""
        told = {OWNER: self.owner.path if self.owner else None, UNIT: unit_path(self.unit_id)}
        return {column: value for column, value in told.items() if value is not None}

    def bound(self, columns: Collection[str]) -> Mapping[str, str]:
        """What a write of these columns binds.

        A row follows its owner into that one's business unit. Any other unit has to be bound, which an
        organisation takes only where it lets rows belong to other units (reference/dataverse-schema.md 2).
        """
        found = {}
        owner = self.owner if OWNER in columns else None
        if owner is not None:
            found[f"{OWNER}@odata.bind"] = f"/{owner.path}"
        follows = owner is not None and self.unit_id == owner.unit_id
        if self.unit_id and not follows and (OWNER in columns or UNIT in columns):
            found[f"{UNIT}@odata.bind"] = f"/{unit_path(self.unit_id)}"
        return found


@dataclass(frozen=True, slots=True)
class Owners:
    """Both sides, which are one where source and target are; `mappings` are the target environment's."""

    source: Directory
    target: Directory
    mappings: Mappings

    def of(self, entry: Entry, source: SourceSegment) -> Ownership | Finding:
        """Who will own the copy of a segment, or why that cannot be told."""
        before = self.source.owners.get(source.owner_id or "")
        owner = self._owner(entry, source, before)
        if isinstance(owner, Finding):
            return owner
        stays = before is not None and owner == self._same_owner(before)
        unit = self._unit(entry, source, stays=stays or source.scope == SCOPE_UNIT)
        if isinstance(unit, Finding):
            return unit
        follows = owner.unit_id if owner else None
        return Ownership(owner, unit.id if unit else follows)

    def looked_up(self, entry: Entry, source: SourceSegment) -> Iterator[Owner | None]:
        """The owners whose mapping counts for the copy of a segment; None for one who cannot be seen."""
        word = entry.owner
        if word is None and not entry.alone:
            before = self.source.owners.get(source.owner_id or "")
            yield before
            word = _mapped(self.mappings.owners, before.words) if before else None
        named = self.target.owners_called(word) if word is not None else ()
        yield from (owner for owner in named if owner.disabled)

    def unit_looked_up(self, entry: Entry, source: SourceSegment) -> Iterator[Unit | None]:
        """The business unit whose mapping counts for it; None for one that cannot be seen."""
        if entry.business_unit is None and source.unit_id is not None:
            yield self.source.units.get(source.unit_id)

    # --- owners -------------------------------------------------------------------------------------------

    def _owner(self, entry: Entry, source: SourceSegment, before: Owner | None) -> Owner | Finding | None:
        if entry.owner is not None:
            found = self._owner_called(entry.owner)
        elif entry.alone:
            return None
        elif before is not None:
            found = self._counterpart(before)
        else:
            return _no_owner(f"its owner {source.owner_id} is neither a user nor a team of the source")
        return self._instead_of(found) if isinstance(found, Owner) and found.disabled else found

    def _counterpart(self, before: Owner) -> Owner | Finding:
        """The owner in the target for one in the source."""
        if (word := _mapped(self.mappings.owners, before.words)) is not None:
            return self._owner_called(word)
        return self._same_owner(before) or _no_owner(f"its owner, {before.shown}, is not in the target")

    def _same_owner(self, before: Owner) -> Owner | None:
        if self.source is self.target:
            return before
        found = self.target.owners_called(f"{TEAM if before.team else USER}{before.name}")
        return found[0] if before.name and len(found) == 1 else None

    def _instead_of(self, disabled: Owner) -> Owner | Finding:
        """A disabled user cannot be given rows."""
        word = _mapped(self.mappings.owners, disabled.words)
        found = self._owner_called(word) if word is not None else None
        if isinstance(found, Owner) and not found.disabled:
            return found
        return found if isinstance(found, Finding) else _no_owner(f"its owner, {disabled.shown}, is disabled")

    def _owner_called(self, word: str) -> Owner | Finding:
        found = self.target.owners_called(word)
        if len(found) == 1:
            return found[0]
        told = f"{len(found)} owners are" if found else "no owner is"
        fix = "say `team:` and the team's name, `user:` and the sign-in name, or the id"
        return _no_owner(f"{told} called {word!r} in the target", fix)

    # --- business units -----------------------------------------------------------------------------------

    def _unit(self, entry: Entry, source: SourceSegment, *, stays: bool) -> Unit | Finding | None:
        """The unit; None for that of the owner."""
        before = self.source.units.get(source.unit_id or "")
        word = entry.business_unit
        if word is None and before is not None:
            word = _mapped(self.mappings.business_units, before.words)
        if word is not None:
            return self._unit_called(word)
        if before is None or not stays:
            return None
        return self._same_unit(before) or _no_unit(f"its business unit {before.name!r} is not in the target")

    def _same_unit(self, before: Unit) -> Unit | None:
        """The root of an organisation bears the organisation's name, so it corresponds to the other root."""
        if self.source is self.target:
            return before
        if before.root:
            return self.target.root
        found = self.target.units_called(before.name)
        return found[0] if len(found) == 1 else None

    def _unit_called(self, word: str) -> Unit | Finding:
        found = self.target.units_called(word)
        if len(found) == 1:
            return found[0]
        told = f"{len(found)} business units are" if found else "no business unit is"
        return _no_unit(f"{told} called {word!r} in the target")


def _mapped(mappings: Mapping[str, MappedName], words: Sequence[str]) -> str | None:
    """What a mapping has for the first of these words, whatever the case it is written in."""
    folded = {form: mapping.to for word, mapping in mappings.items() for form in forms(word)}
    return next((folded[word] for word in words if word in folded), None)


def _no_owner(told: str, fix: str = _NAME_OWNER) -> Finding:
    return Finding(code="SEG043", severity=Severity.ERROR, message=told, fix=fix)


def _no_unit(told: str) -> Finding:
    return Finding(code="SEG044", severity=Severity.ERROR, message=told, fix=_NAME_UNIT)
