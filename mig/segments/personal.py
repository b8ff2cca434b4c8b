"""Tables whose rows tell of persons: what such a row is called is neither read nor shown."""

from typing import Final

from mig.model.tables import Schema

_PERSONS: Final = frozenset({"contact", "lead", "systemuser"})
_OF_MANY: Final = frozenset({"account"})  # it names a contact, and is none


def personal_tables(schema: Schema) -> frozenset[str]:
    """Persons, and what points at one: registrations, consents, appointments are often called after them."""
    pointing = {
        table
        for (table, _), looked_up in schema.looked_up.items()
        if not {"contact", "lead"}.isdisjoint(looked_up)
    }
    return _PERSONS | (pointing - _OF_MANY)
