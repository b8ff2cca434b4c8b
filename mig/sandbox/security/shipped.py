"""The roles that come with the products, as they are in a phase.

Sources: dataverse-schema.md §9 and events-and-transition.md §4.1, §5. Phase `live` has the baseline, `hidden`
the roles of March 2026, `removed` those of June 2026: since then no marketing role reads outbound segments.
Assumed: verbs that no page lists go as deep as Write; outbound's tables as deep as segments; every role may
read the tables of customers and users, and attach rows to theirs.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from mig.model.tables import Schema, Table
from mig.sandbox.security.rights import VERBS, WITHOUT_TABLE, Depth, privilege_name, verbs_of
from mig.sandbox.spec import Phase

ADMINISTRATOR: Final = "System Administrator"

_BASIC, _LOCAL, _DEEP, _GLOBAL = Depth.BASIC, Depth.LOCAL, Depth.DEEP, Depth.GLOBAL
_READING: Final = ("Read", "Append", "AppendTo")
_SHARED: Final = (
    "account",
    "annotation",
    "businessunit",
    "contact",
    "lead",
    "list",
    "systemuser",
    "team",
    "transactioncurrency",
)
_USES: Final = ("msdynmkt_journey", "msdynmkt_segmentusage", "msdynmkt_eventmetadata")
_OUTBOUND: Final = ("msdyncrm_segment", "msdyncrm_customerjourney")
_WEB_APPLICATION: Final = "msevtmgt_webapplication"  # listed for event administrators only

Grants = Mapping[str, Depth]


@dataclass(frozen=True, slots=True)
class _Marketing:
    """One of the four marketing roles: depths before March 2026 and since."""

    segment: Depth
    create: tuple[Depth, Depth]
    definition: tuple[Depth, Depth]
    in_business_unit: bool = False


_MARKETING: Final[Mapping[str, _Marketing]] = {
    "Marketing Manager - Business": _Marketing(_GLOBAL, (_LOCAL, _GLOBAL), (_DEEP, _GLOBAL)),
    "Marketing Manager (BU level) - Business": _Marketing(_DEEP, (_DEEP, _DEEP), (_DEEP, _DEEP), True),
    "Marketing Professional - Business": _Marketing(_GLOBAL, (_BASIC, _BASIC), (_DEEP, _GLOBAL)),
    "Marketing Professional (BU level) - Business": _Marketing(
        _LOCAL, (_LOCAL, _LOCAL), (_LOCAL, _LOCAL), True
    ),
}
_EVENT_ADMINISTRATORS: Final = {
    "Event Administrator": _GLOBAL,
    "Event Administrator (BU level)": _DEEP,
}
_PLANNER: Final = "Event Planner (BU level)"
ROLES: Final = (ADMINISTRATOR, *_MARKETING, *_EVENT_ADMINISTRATORS, _PLANNER)


def shipped_roles(schema: Schema, phase: Phase) -> dict[str, Grants]:
    """Every role with its privileges by name."""
    everything = {name: _GLOBAL for table in schema for name in _names(table, VERBS)}
    roles: dict[str, Grants] = {ADMINISTRATOR: everything | dict.fromkeys(WITHOUT_TABLE, _GLOBAL)}
    for name, role in _MARKETING.items():
        roles[name] = _shared(schema) | _marketing(schema, role, phase)
    for name, depth in _EVENT_ADMINISTRATORS.items():
        roles[name] = _shared(schema) | _all_of(_events(schema), depth)
    roles[_PLANNER] = _shared(schema) | _planner(schema, phase)
    return roles


def _marketing(schema: Schema, role: _Marketing, phase: Phase) -> dict[str, Depth]:
    since_march = phase is not Phase.LIVE
    segment = schema["msdynmkt_segment"]
    grants = _all_of([segment], role.segment)
    grants[privilege_name("Create", segment)] = role.create[since_march]
    grants |= _all_of([schema["msdynmkt_segmentdefinition"]], role.definition[since_march])
    for name in _USES:
        grants |= _some_of(schema[name], ("Read",), role.segment)
    for name in _outbound(role, phase):
        grants |= _all_of([schema[name]], role.segment)
    return grants


def _outbound(role: _Marketing, phase: Phase) -> tuple[str, ...]:
    """June 2026 took segments from all four, journeys from the two of the organisation."""
    if phase is not Phase.REMOVED:
        return _OUTBOUND
    return ("msdyncrm_customerjourney",) if role.in_business_unit else ()


def _planner(schema: Schema, phase: Phase) -> dict[str, Depth]:
    rest = _GLOBAL if phase is Phase.LIVE else _LOCAL
    tables = [table for table in _events(schema) if table.name != _WEB_APPLICATION]
    grants = _all_of(tables, rest)
    for table in tables:
        grants |= _some_of(table, ("Write",), _BASIC)
    return grants


def _events(schema: Schema) -> list[Table]:
    return [table for table in schema if table.name.startswith("msevtmgt_")]


def _shared(schema: Schema) -> dict[str, Depth]:
    return {name: _GLOBAL for table in _SHARED for name in _names(schema[table], _READING)}


def _all_of(tables: list[Table], depth: Depth) -> dict[str, Depth]:
    return {name: depth for table in tables for name in _names(table, VERBS)}


def _some_of(table: Table, verbs: tuple[str, ...], depth: Depth) -> dict[str, Depth]:
    return dict.fromkeys(_names(table, verbs), depth)


def _names(table: Table, verbs: tuple[str, ...]) -> Iterator[str]:
    return (privilege_name(verb, table) for verb in verbs_of(table) if verb in verbs)
