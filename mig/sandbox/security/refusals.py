"""What is refused for want of a privilege, and who is not known (dataverse-web-api.md §9.2)."""

from mig.sandbox.errors import ODataError
from mig.sandbox.security.rights import privilege_id


def missing_privilege(user: str, name: str, table: str) -> ODataError:
    """No role of the user grants it."""
    return ODataError(
        403,
        "0x80040220",
        f"Principal user (Id={user}, type=8) is missing {name} privilege (Id={privilege_id(name)}) "
        f"for entity '{table}'.",
    )


def no_access(user: str, access: str, table: str, row: str) -> ODataError:
    """The privilege is there, but not as deep as this row."""
    return ODataError(
        403,
        "0x80048306",
        f"Principal user (Id={user}, type=8) does not have {access}Access right(s) for record with id {row} "
        f"of entity '{table}'.",
    )


def no_such_user(header: str, value: str) -> ODataError:
    """An impersonation header that names no user; the code is not in our reference."""
    message = f"The user with {header} {value} is not a member of the organization."
    return ODataError(403, "0x80072560", message)


def no_such_privilege(name: str) -> ODataError:
    """A privilege name that the organisation does not know; the code is not in our reference."""
    return ODataError(400, "0x80040203", f"A privilege with the name '{name}' does not exist.")
