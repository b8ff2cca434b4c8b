"""Small random worlds, and paths through them. By a seed: thousands of them take seconds."""

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Any

from mig.query import tree
from mig.query.evaluate import register
from mig.query.tree import Condition, Field, Operand, Query, SetOp, SetTerm, Step

World = Mapping[str, list[dict[str, Any]]]

# By table: its id, a text, and the tables its lookups point at.
TABLES: dict[str, tuple[str, str, dict[str, str]]] = {
    "account": ("accountid", "name", {"primarycontactid": "contact"}),
    "contact": (
        "contactid",
        "firstname",
        {"parentcustomerid": "account", "msa_managingpartnerid": "account", "originatingleadid": "lead"},
    ),
    "lead": ("leadid", "subject", {"parentaccountid": "account", "parentcontactid": "contact"}),
    "list": ("listid", "listname", {}),
    "listmember": ("listmemberid", "name", {"listid": "list", "entityid": "contact"}),
}

# Both names of each relationship, and the tables it joins.
RELATIONS = (
    ("contact_account_parentcustomerid", "contact_customer_accounts", ("contact", "account")),
    ("contact_account_msa_managingpartnerid", "msa_contact_managingpartner", ("contact", "account")),
    ("account_contact_primarycontactid", "account_primary_contact", ("account", "contact")),
    ("lead_account_parentaccountid", "lead_parent_account", ("lead", "account")),
    ("lead_contact_parentcontactid", "lead_parent_contact", ("lead", "contact")),
    ("contact_lead_originatingleadid", "contact_originating_lead", ("contact", "lead")),
    ("listcontact_association", "listcontact_association", ("list", "contact")),
)


def ids(table: str, count: int) -> list[str]:
    """Ids that no other table has."""
    return [f"{table}-{number}" for number in range(count)]


def make_world(random: Random) -> World:
    """Up to four rows a table: empty lookups, rows that share one, tables without rows, listed twice."""
    sizes = {table: random.randrange(5) for table in TABLES}
    made: dict[str, list[dict[str, Any]]] = {}
    for table, (key, text, lookups) in TABLES.items():
        made[table] = [
            {
                key: one,
                text: random.choice([None, "x", "X", "y", ""]),
                "statecode": random.choice([0, 0, 1]),
                **{name: random.choice([None, *ids(to, sizes[to])]) for name, to in lookups.items()},
            }
            for one in ids(table, sizes[table])
        ]
    return made


def opened(world: World) -> sqlite3.Connection:
    """The world as a database."""
    connection = sqlite3.connect(":memory:")
    register(connection)
    for table, (key, text, lookups) in TABLES.items():
        columns = (key, text, "statecode", *lookups)
        connection.execute(f"CREATE TABLE {table} ({', '.join(columns)})")
        marks = ", ".join("?" * len(columns))
        for row in world[table]:
            connection.execute(f"INSERT INTO {table} VALUES ({marks})", [row[name] for name in columns])
    return connection


def make_query(random: Random) -> Query:
    """A path that ends on contacts, or a set expression over a few."""
    if random.random() < 0.6:
        return Query(Walk(random).operand())
    return _chain(random, 2)


def _chain(random: Random, deeper: int) -> Query:
    def operand() -> Operand:
        if deeper and random.random() < 0.2:
            return tree.grouped(_chain(random, deeper - 1))
        return Walk(random).operand()

    terms = [SetTerm(random.choice(list(SetOp)), operand()) for _ in range(random.randrange(1, 4))]
    return tree.chain(operand(), terms)


@dataclass
class Walk:
    """Makes one operand: filters on any row of a path, rows related to any of them, aliases or none."""

    random: Random
    steps: list[Step] = field(default_factory=list)
    named: list[tuple[str, str]] = field(default_factory=list)

    def operand(self, end: str = "contact") -> Operand:
        """The path is drawn from its end, and then written from its start."""
        here, back = end, list[tuple[str, str]]()
        for _ in range(self.random.choice((0, 1, 1, 2, 3))):
            outbound, schema, joined = self.relation(here)
            back.append((self.random.choice((outbound, schema)), here))
            here = joined[joined[0] == here]
        source = tree.Profile(here, self.alias(here))
        self.around(here)
        for relationship, reached in reversed(back):
            self.steps.append(tree.Traverse(relationship, self.alias(reached)))
            self.around(reached)
        return Operand(source, tuple(self.steps))

    def relation(self, table: str) -> tuple[str, str, tuple[str, str]]:
        """A relationship of a table."""
        return self.random.choice([one for one in RELATIONS if table in one[2]])

    def alias(self, table: str) -> str | None:
        """An alias for a row, or none; it may hide one given before."""
        if self.random.random() < 0.5:
            return None
        alias = f"{table}_{self.random.choice((1, 1, 2))}"
        self.named = [(other, one) for other, one in self.named if one != alias] + [(table, alias)]
        return alias

    def around(self, table: str) -> None:
        """Filters on a row, a related row, or nothing."""
        drawn = self.random.random()
        if drawn < 0.5:
            self.steps.append(tree.Filter(self.condition([(table, None), *self.named])))
        if 0.44 < drawn < 0.58:
            outbound, _, joined = self.relation(table)
            far, optional = joined[joined[0] == table], self.random.random() < 0.4
            alias = self.alias(far) or "r_9"
            self.steps.append(tree.Relate(outbound, alias, optional))
            others = [] if optional else [(table, None), *self.named]
            if drawn > 0.48:
                self.steps.append(tree.Filter(self.condition([(far, alias), *others])))

    def condition(self, rows: list[tuple[str, str | None]], deeper: int = 2) -> Condition:
        """A condition on columns of any of these rows, each a table and the alias to name it by."""
        drawn = self.random.random()
        if not deeper or drawn < 0.4:
            return self.predicate(*self.random.choice(rows))
        if drawn < 0.6:
            return tree.Not(self.condition(rows, deeper - 1))
        items = [self.condition(rows, deeper - 1) for _ in range(self.random.choice((2, 2, 3)))]
        return tree.all_of(items) if drawn < 0.8 else tree.any_of(items)

    def predicate(self, table: str, alias: str | None) -> Condition:
        """A predicate on the text of a row."""
        text = Field(TABLES[table][1], alias)
        value = tree.Text(self.random.choice("xyX"))
        match self.random.randrange(4):
            case 0:
                return tree.NullTest(text, self.random.random() < 0.5)
            case 1:
                return tree.Match(text, "CONTAINS", value)
        return tree.Compare(text, self.random.choice(("==", "!=")), value)
