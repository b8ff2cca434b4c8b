"""The relationships that an organisation's own lookups make: one for each table that a lookup points at."""

from collections.abc import Mapping
from typing import Final

from mig.model.tables import Column, Relationship, Schema
from mig.sandbox.worldfile.mistakes import Mistakes, Placed
from mig.sandbox.worldfile.nodes import Node, Pairs, Scalar, is_name

_EXAMPLE: Final = "relationship: new_sponsor, or {account: new_sponsor_account} for each target"


class Relationships:
    """The relationships of declared lookups, collected so that no two have one name."""

    def __init__(self, schema: Schema, mistakes: Mistakes) -> None:
        self.found: list[Relationship] = []
        self._mistakes = mistakes
        self._bundled = {
            (*one.ends, one.referencing_column): name for name, one in schema.relationships.items()
        }
        self._taken = {name.lower() for name in (*schema.relationships, *schema.many_to_many)}

    def add(self, table: str, column: Column, place: Placed, stated: Node | None) -> None:
        """Those of one column; `stated` is its `relationship`.

        Without a stated name a bundled lookup keeps its own, and a new one gets the name that Microsoft's
        Python SDK would give it: `<referenced table>_<referencing table>_<column>`.
        """
        targets = column.targets if column.is_lookup else ()
        names = self._stated(column.name, targets, stated) if stated else {}
        for target in targets:
            bundled = self._bundled.get((table, target, column.name))
            name = names.get(target) or bundled or f"{target}_{table}_{column.name}"
            if name != bundled and name.lower() in self._taken:
                self._mistakes.add(place, f"the relationship `{name}` of `{column.name}` exists", _EXAMPLE)
            self._taken.add(name.lower())
            self.found.append(
                Relationship(
                    name=name,
                    referencing_table=table,
                    referencing_column=column.name,
                    referenced_table=target,
                )
            )

    def _stated(self, column: str, targets: tuple[str, ...], stated: Node) -> Mapping[str, str]:
        """Schema names by target."""
        if isinstance(stated, Pairs):
            for key, _ in stated:
                if key.text not in targets:
                    self._mistakes.unknown(key, "target", key.text, targets, of=column)
            return {key.text: self._name(column, value) for key, value in stated}
        if len(targets) != 1:
            message = f"`{column}` points at {len(targets)} tables: `relationship` cannot be one name"
            self._mistakes.add(stated, message, _EXAMPLE)
            return {}
        return {targets[0]: self._name(column, stated)}

    def _name(self, column: str, node: Node) -> str:
        if isinstance(node, Scalar) and is_name(node.text):
            return node.text
        self._mistakes.add(
            node, f"`relationship` of `{column}` is no schema name", "letters, digits and _ only"
        )
        return ""
