"""A world: one organisation with its rows, its clock and its phase, in one SQLite file.

Everything of the world is in the file. Each write is committed before its answer goes out, in SQLite's
write-ahead mode, so a process that is killed loses nothing it had answered.
"""

import copy
import json
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self
from uuid import UUID, uuid5

from mig.model.tables import Column, ColumnType, Relationship, bundled_schema
from mig.query import evaluate
from mig.sandbox.clock import Clock
from mig.sandbox.layout import Layout, Layouts
from mig.sandbox.odata import where
from mig.sandbox.odata.paging import Caps
from mig.sandbox.odata.scope import Reader
from mig.sandbox.security.rights import Rights
from mig.sandbox.spec import Phase
from mig.sandbox.switches import Switches

APPLICATION_ID: Final = 0x4D494757  # "MIGW", in the file's header
_STATIC_IDS: Final = ("msdyncrm_segment", "msdyncrm_segmentmemberids")
FORMAT: Final = 8  # in the header too, as SQLite's user_version
PATIENCE = 30.0  # seconds that one process waits for another that holds the file


class World:
    """An open world. It holds the file until `close`; usable as a context manager.

    `origin` is the organisation that its rows were made for: that of the world it was copied from, if it was.
    """

    def __init__(self, name: str, connection: sqlite3.Connection) -> None:
        self.name = name
        self.connection = connection
        self.clock = Clock(connection)
        self.caps = Caps()
        evaluate.register(connection)
        where.register(connection)
        facts = json.loads(connection.execute("SELECT facts FROM _world").fetchone()[0])
        self.organization_id: str = facts["organization_id"]
        self.origin: str = facts["origin"]
        self.phase = Phase(facts["phase"])
        self.token: str = facts["token"]
        self.events_token: str = facts["events_token"]
        self.switches = _switches(facts["switches"])
        self.caller = self.administrator  # the system user whose request is being answered
        self.rights: Rights | None = None  # what the caller may do; None: everything
        own = bundled_schema().with_columns(
            {table: [_column(column) for column in columns] for table, columns in facts["columns"].items()},
            [Relationship(**relationship) for relationship in facts["relationships"]],
        )
        self.schema = own.with_keys(
            {
                table: {name: tuple(columns) for name, columns in keys.items()}
                for table, keys in facts["keys"].items()
            }
        )

    @cached_property
    def layouts(self) -> Mapping[str, Layout]:
        """How each table lies in the file, by logical name."""
        return Layouts(self.schema)

    @cached_property
    def administrator(self) -> str:
        """The id of the system user whom the world's own token stands for."""
        return standard_id(self.origin, "systemuser")

    @cached_property
    def application(self) -> str:
        """The client id of the application that may sign in to every world."""
        return standard_id(self.origin, "application")

    @cached_property
    def business_unit(self) -> str:
        """The id of the caller's business unit; the administrator's is the root."""
        return self.root_unit

    @cached_property
    def root_unit(self) -> str:
        """The id of the root business unit."""
        return standard_id(self.origin, "businessunit")

    @property
    def reader(self) -> Reader:
        """The caller, as the one who reads now."""
        unread = () if self.switches.ids_in_rows else (_STATIC_IDS,)
        return Reader(self.schema, self.clock.now(), self.caller, self.business_unit, unread)

    def acting_as(self, user: str, unit: str, rights: Rights | None) -> Self:
        """This world, met by another user: the same rows, the same clock, other rights."""
        _ = self.layouts  # the same for all callers
        other = copy.copy(self)
        other.caller, other.business_unit, other.rights = user, unit, rights
        return other

    @property
    def trusted(self) -> Self:
        """This world with the same caller, for what the platform does on the caller's behalf."""
        return self if self.rights is None else self.acting_as(self.caller, self.business_unit, None)

    def next_version(self) -> int:
        """The next row version: one counter for all rows, as in the service."""
        row = self.connection.execute("UPDATE _state SET version = version + 1 RETURNING version").fetchone()
        return int(row[0])

    def version(self) -> int:
        """The newest row version."""
        return int(self.connection.execute("SELECT version FROM _state").fetchone()[0])

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All of it is kept, or on an exception nothing."""
        self.connection.execute("BEGIN IMMEDIATE")
        try:
            yield
            self.connection.execute("COMMIT")
        except BaseException:
            self.connection.rollback()
            raise

    def close(self) -> None:
        """Let go of the file."""
        self.connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def connect(path: Path) -> sqlite3.Connection:
    """Open a world's file. Other processes may hold it too: writers wait for each other."""
    connection = sqlite3.connect(
        path, timeout=PATIENCE, isolation_level=None, check_same_thread=False, cached_statements=512
    )
    connection.execute("PRAGMA synchronous = NORMAL")
    return connection


def standard_id(origin: str, what: str) -> str:
    """The id of a row that every world has; the same in every world of that origin."""
    return str(uuid5(UUID(origin), what))


def _switches(facts: dict[str, Any]) -> Switches:
    """JSON has lists where the value has tuples."""
    given: dict[str, Any] = {
        name: tuple(one) if isinstance(one, list) else one for name, one in facts.items()
    }
    return Switches(**given)


def _column(facts: dict[str, Any]) -> Column:
    return Column(
        **{
            **facts,
            "type": ColumnType(facts["type"]),
            "targets": tuple(facts["targets"]),
            "options": {int(number): label for number, label in facts["options"].items()},
            "state_of": {int(status): state for status, state in facts["state_of"].items()},
        }
    )
