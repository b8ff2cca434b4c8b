"""Making a world: its tables, its rows, and what every organisation has."""

import json
import secrets
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, astuple
from itertools import count, groupby
from typing import Final
from uuid import NAMESPACE_DNS, uuid5

from mig.model.tables import Schema, bundled_schema
from mig.sandbox.clock import microseconds, stored_time
from mig.sandbox.layout import Layout, create_indexes, create_tables, insert_sql, layout_of, quoted
from mig.sandbox.security.standing import message_rows, role_rows
from mig.sandbox.spec import Phase, Row, WorldSpec
from mig.sandbox.world import APPLICATION_ID, FORMAT, standard_id

_ORGANIZATION: Final = "organization"
_OWN_TABLES: Final = (
    "CREATE TABLE _world (facts TEXT NOT NULL)",
    "CREATE TABLE _state (version INTEGER NOT NULL, clock INTEGER NOT NULL)",
    'CREATE TABLE _faults (position INTEGER PRIMARY KEY, "on" TEXT, "do" TEXT, nth INTEGER, every INTEGER,'
    " probability REAL, seed INTEGER, met INTEGER DEFAULT 0, struck INTEGER DEFAULT 0)",
    "CREATE TABLE _tokens (digest TEXT PRIMARY KEY, kind TEXT, application TEXT, user TEXT, resource TEXT,"
    " starts INTEGER, ends INTEGER)",
    "CREATE TABLE _work (due INTEGER, segment TEXT, step TEXT, details TEXT,"
    " PRIMARY KEY (due, segment, step)) WITHOUT ROWID",
    "CREATE TABLE _live (segment TEXT PRIMARY KEY, since INTEGER, used INTEGER, computed INTEGER, basis TEXT)"
    " WITHOUT ROWID",
    'CREATE TABLE _groups (number INTEGER PRIMARY KEY, definition TEXT, "group" TEXT, size INTEGER,'
    ' UNIQUE (definition, "group"))',
    "CREATE TABLE _static (number INTEGER, member TEXT, PRIMARY KEY (number, member)) WITHOUT ROWID",
    "CREATE TABLE _members (segment TEXT, member TEXT, PRIMARY KEY (segment, member)) WITHOUT ROWID",
    "CREATE TABLE _jobs (number INTEGER PRIMARY KEY, source TEXT, target TEXT, started INTEGER,"
    " total INTEGER, copied INTEGER, state TEXT)",
    "CREATE TABLE _job_rows (job INTEGER, position INTEGER, registration TEXT, lost INTEGER,"
    " PRIMARY KEY (job, position)) WITHOUT ROWID",
    "CREATE TABLE _bulk_deletes (job TEXT PRIMARY KEY, step INTEGER, due INTEGER, work TEXT)",
)


def build(connection: sqlite3.Connection, name: str, spec: WorldSpec) -> int:
    """Fill an empty file with a world; how many rows it has."""
    organization = spec.organization_id.lower() or _organization_id(name)
    facts = {
        "organization_id": organization,
        "origin": organization,
        "phase": spec.phase,
        **_tokens(),
        "switches": asdict(spec.switches),
        "columns": {table: [asdict(column) for column in columns] for table, columns in spec.columns.items()},
        "relationships": [asdict(relationship) for relationship in spec.relationships],
        "keys": {table: dict(keys) for table, keys in spec.keys.items()},
    }
    schema = bundled_schema().with_columns(spec.columns, spec.relationships).with_keys(spec.keys)
    connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    connection.execute(f"PRAGMA user_version = {FORMAT}")
    connection.execute("BEGIN")
    for statement in _OWN_TABLES:
        connection.execute(statement)
    create_tables(connection, schema)
    connection.execute("INSERT INTO _world VALUES (?)", (json.dumps(facts),))
    rows, added = _all_rows(name, organization, spec), {**_times(spec), **additions(organization)}
    version = _fill(connection, schema, rows, added)
    create_indexes(connection, schema)  # sorting all rows once is quicker than keeping them sorted
    connection.executemany(
        'INSERT INTO _faults ("on", "do", nth, every, probability, seed) VALUES (?, ?, ?, ?, ?, ?)',
        map(astuple, spec.faults),
    )
    connection.execute("INSERT INTO _state VALUES (?, ?)", (version, microseconds(spec.now)))
    connection.execute("COMMIT")
    return version


def become_another(connection: sqlite3.Connection, name: str) -> None:
    """Turn the copy of a world into an organisation of its own: as an environment's copy, it keeps all rows
    with their ids but the organisation's own, and has other tokens.
    """
    facts = json.loads(connection.execute("SELECT facts FROM _world").fetchone()[0])
    former, organization = facts["organization_id"], _organization_id(name)
    facts |= {"organization_id": organization, **_tokens()}
    connection.execute("UPDATE _world SET facts = ?", (json.dumps(facts),))
    for table in bundled_schema():
        for column in table.columns.values():
            if _ORGANIZATION in (table.name, *column.targets) and column.name == "organizationid":
                sql = f"UPDATE {quoted(table.name)} SET organizationid = ? WHERE organizationid = ?"
                connection.execute(sql, (organization, former))
    connection.execute(f"UPDATE {_ORGANIZATION} SET name = ?", (name,))
    connection.execute("DELETE FROM _tokens")


def _organization_id(name: str) -> str:
    return str(uuid5(NAMESPACE_DNS, f"{name}.sandbox.mig"))


def _tokens() -> dict[str, str]:
    return {name: secrets.token_urlsafe(24) for name in ("token", "events_token")}


def _fill(
    connection: sqlite3.Connection,
    schema: Schema,
    rows: Mapping[str, Iterable[Row]],
    added: Mapping[str, object],
) -> int:
    """Insert all rows, with what the platform adds to each, and give them versions from 1 up."""
    versions = count(1)
    for table, members in rows.items():
        layout = layout_of(schema[table])
        fitting = {name: value for name, value in added.items() if name in layout.stored}
        for names, run in groupby(members, key=tuple):
            _insert(connection, layout, names, run, fitting, versions)
    return next(versions) - 1


def _insert(
    connection: sqlite3.Connection,
    layout: Layout,
    names: tuple[str, ...],
    rows: Iterable[Row],
    added: Mapping[str, object],
    versions: Iterator[int],
) -> None:
    """Insert rows that all have the same columns in the same order, one by one as they come."""
    if unknown := set(names) - set(layout.stored):
        raise KeyError(f"{layout.name} has no column {', '.join(sorted(unknown))}")
    missing = {name: value for name, value in added.items() if name not in names}
    fixed = tuple(missing.values())
    columns = tuple(dict.fromkeys((*names, *missing, "versionnumber")))  # a stated version is kept
    connection.executemany(
        insert_sql(layout.name, columns),
        (
            (*row.values(), *fixed, version)[: len(columns)]
            for row, version in zip(rows, versions, strict=False)
        ),
    )


def _times(spec: WorldSpec) -> dict[str, object]:
    now = stored_time(spec.now)
    return {"createdon": now, "modifiedon": now}


def additions(organization: str) -> dict[str, object]:
    """What a row gets that does not say otherwise: it is the administrator's, in or below the root unit."""
    user, unit = standard_id(organization, "systemuser"), standard_id(organization, "businessunit")
    return {
        "createdby": user,
        "modifiedby": user,
        "ownerid": user,
        "ownerid@type": "systemuser",
        "owninguser": user,
        "owningbusinessunit": unit,
        "businessunitid": unit,
        "parentbusinessunitid": unit,
        "administratorid": user,
    }


def _all_rows(name: str, organization: str, spec: WorldSpec) -> dict[str, Iterable[Row]]:
    """The spec's rows and those that every organisation has; a row given with such an id replaces ours."""
    rows = dict(spec.rows)
    for table, standard in standard_rows(name, organization, spec.phase).items():
        key = bundled_schema()[table].primary_id
        given = rows.get(table, ())
        taken = {row[key] for row in given}
        rows[table] = [*(row for row in standard if row[key] not in taken), *given]
    return rows


def standard_rows(name: str, organization: str, phase: Phase) -> dict[str, list[dict[str, object]]]:
    """What every organisation has: itself, a root business unit, an administrator, the unit's team, roles."""
    rows = _own_rows(name, organization)
    schema, unit = bundled_schema(), standard_id(organization, "businessunit")
    administrators = [user["systemuserid"] for user in rows["systemuser"]]
    roles = role_rows(phase, unit, administrators)
    return {**rows, **roles, **message_rows(schema, organization)}


def _own_rows(name: str, organization: str) -> dict[str, list[dict[str, object]]]:
    unit, user = standard_id(organization, "businessunit"), standard_id(organization, "systemuser")
    return {
        "organization": [
            {"organizationid": organization, "name": name, "languagecode": 1033, "maxuploadfilesize": 5120}
        ],
        "businessunit": [
            {"businessunitid": unit, "name": name, "isdisabled": 0, "parentbusinessunitid": None}
        ],
        "systemuser": [
            {
                "systemuserid": user,
                "fullname": "Sandbox Administrator",
                "firstname": "Sandbox",
                "lastname": "Administrator",
                "domainname": "admin@sandbox.example",
                "internalemailaddress": "admin@sandbox.example",
                "isdisabled": 0,
                "accessmode": 0,
            },
            {
                "systemuserid": standard_id(organization, "applicationuser"),
                "applicationid": standard_id(organization, "application"),
                "fullname": "# Sandbox Application",
                "firstname": "#",
                "lastname": "Sandbox Application",
                "domainname": "application@sandbox.example",
                "internalemailaddress": "application@sandbox.example",
                "isdisabled": 0,
                "accessmode": 4,
            },
        ],
        "team": [
            {
                "teamid": standard_id(organization, "team"),
                "name": name,
                "isdefault": 1,
                "teamtype": 0,
            }
        ],
    }
