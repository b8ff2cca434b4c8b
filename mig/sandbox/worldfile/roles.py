"""Roles and privileges of a world file: where their rows are linked, a name may stand for the id."""

from collections.abc import Callable, Mapping
from typing import Final

from mig.model.tables import Schema, Table
from mig.sandbox.security.rights import WITHOUT_TABLE, privilege_id, privilege_name, role_id, verbs_of
from mig.sandbox.security.shipped import ROLES
from mig.sandbox.worldfile.mistakes import Mistakes
from mig.sandbox.worldfile.nodes import Items, Node, Pairs, Scalar
from mig.sandbox.worldfile.values import guid

ROLE: Final = "role"
LINKS: Final = frozenset({"systemuserroles", "roleprivileges"})


class Names:
    """What roles and privileges are called: those of every world, and the roles of the file itself."""

    def __init__(self, schema: Schema, tables: Pairs) -> None:
        privileges = {privilege_name(verb, table) for table in schema for verb in verbs_of(table)}
        self._known: Mapping[str, tuple[str, frozenset[str], Callable[[str], str]]] = {
            "roleid": ("role", frozenset(ROLES) | _own_roles(tables.values.get(ROLE)), role_id),
            "privilegeid": ("privilege", frozenset(privileges | {*WITHOUT_TABLE}), privilege_id),
        }

    def id_of(self, table: Table, column: str, node: Node, mistakes: Mistakes) -> str | None:
        """The id that a name stands for; None where no name is meant. An unknown name is a mistake."""
        if table.name not in LINKS or column not in self._known or not isinstance(node, Scalar):
            return None
        if node.is_null or guid(node.text) is not None:
            return None
        what, names, make = self._known[column]
        if node.text not in names:
            mistakes.unknown(node, what, node.text, names)
        return make(node.text)


def _own_roles(node: Node | None) -> frozenset[str]:
    rows = node.items if isinstance(node, Items) else ()
    names = (row.values.get("name") for row in rows if isinstance(row, Pairs) and "roleid" not in row.values)
    return frozenset(name.text for name in names if isinstance(name, Scalar))
