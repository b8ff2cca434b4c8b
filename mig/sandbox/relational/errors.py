"""Errors of FetchXML and SQL.

Codes are those of the service's query builder where they are public, else that of an invalid argument.
"""

from mig.sandbox.errors import ODataError, bad_syntax, bad_url


def bad_fetch(reason: str) -> ODataError:
    """FetchXML that cannot be read."""
    return ODataError(400, "0x80040203", f"Invalid FetchXML: {reason}")


def no_query_table(name: str) -> ODataError:
    """A table that a query names and the organisation does not have."""
    return ODataError(400, "0x80041102", f"The entity with a name = '{name}' was not found.")


def no_query_column(name: str, table: str) -> ODataError:
    """A column that a query names and the table does not have."""
    return ODataError(400, "0x80041103", f"'{table}' entity doesn't contain attribute with Name = '{name}'.")


def too_many_links() -> ODataError:
    """More joined tables than a query may have."""
    return ODataError(400, "0x8004430d", "Number of link entities in query exceeded maximum limit.")


def other_set(table: str, entity_set: str) -> ODataError:
    """A query of another table than the URL's."""
    return bad_url(f"The query is of '{table}', which is not the table of the entity set '{entity_set}'.")


def bad_sql(reason: str) -> ODataError:
    """SQL that cannot be read."""
    return bad_syntax(f"SQL: {reason}")


def no_such_sql(what: str) -> ODataError:
    """What T-SQL has and the service's SQL has not."""
    return ODataError(400, "0x80040203", f"{what} is not supported in SQL queries.")
