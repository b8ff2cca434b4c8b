"""The tables of a query and the aliases they go by."""

import re
from itertools import count
from typing import Final

from mig.sandbox.odata.scope import Place, Reader, Scope, root
from mig.sandbox.relational.errors import bad_fetch, no_query_column, no_query_table, too_many_links

MOST_LINKS: Final = 15  # from the documentation of link-entity

_ALIAS: Final = re.compile(r"[A-Za-z_][\w.]*", re.ASCII)


class Names:
    """Hands out a scope for each table that a query names, and finds it again by its alias."""

    def __init__(self, reader: Reader, table: str) -> None:
        self._reader = reader
        self._scopes: dict[str, Scope] = {}
        self._links = 0
        self.root = self._scope(table, None)

    def join(self, table: str, alias: str) -> Scope:
        """One table more, known by `alias`."""
        if alias in self._scopes:
            raise bad_fetch(f"the alias '{alias}' is used twice.")
        if _ALIAS.fullmatch(alias) is None:
            raise bad_fetch(f"'{alias}' is no alias: it has letters, digits and '_' only, no digit in front.")
        self._scopes[alias] = self.hidden(table)
        return self._scopes[alias]

    def hidden(self, table: str) -> Scope:
        """One table more, which conditions elsewhere cannot name."""
        self._links += 1
        if self._links > MOST_LINKS:
            raise too_many_links()
        return self._scope(table, f"j{self._links}")

    def alias_for(self, table: str, *, several: bool) -> str:
        """The alias of a link without one: its table's name, and a number where there may be several rows."""
        if not several and table not in self._scopes:
            return table
        number = 1 + sum(scope.table.name == table for scope in self._scopes.values())
        return next(name for more in count(number) if (name := f"{table}{more}") not in self._scopes)

    def find(self, alias: str) -> Scope:
        """The table of that alias; the query's own table goes by its name."""
        if alias in self._scopes:
            return self._scopes[alias]
        if alias == self.root.table.name:
            return self.root
        raise bad_fetch(f"no link-entity has the alias '{alias}'.")

    def _scope(self, name: str, alias: str | None) -> Scope:
        table = self._reader.schema.tables.get(name)
        if table is None:
            raise no_query_table(name)
        return root(self._reader, table) if alias is None else Scope(self._reader, table, alias)


def column(scope: Scope, name: str) -> Place:
    """The value of a column by its logical name."""
    found = scope.table.columns.get(name)
    if found is None:
        raise no_query_column(name, scope.table.name)
    return Place(scope.sql(name), found, scope.table.name)
