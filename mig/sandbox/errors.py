"""The errors that the sandbox puts on the wire: status, code and the shape of the wording.

From dataverse-web-api.md §9.2; where sources disagree, the code seen in the field. The service's own words
are not public for all of them: match codes and status, not text. Those about privileges: `security.refusals`.
"""

from collections.abc import Iterable
from enum import Enum
from typing import Final

from mig.sandbox.wire import WireResponse, json_response

TYPE: Final = "Microsoft.Dynamics.CRM."


class ODataError(Exception):
    """A refusal, as the client sees it. `headers` go out with it."""

    def __init__(self, status: int, code: str, message: str, headers: dict[str, str] | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.headers = headers or {}

    def response(self) -> WireResponse:
        """The JSON answer."""
        body = {"error": {"code": self.code, "message": self.message}}
        return json_response(self.status, body, self.headers)


def not_emulated(what: str) -> ODataError:
    """Outside the slice. Never a polite empty answer; the code is ours, the service has no such error."""
    return ODataError(501, "0x80004001", f"not emulated: {what}")


# --- reaching the service ---------------------------------------------------------------------------------


class TokenFlaw(Enum):
    """What is wrong with a request's token: code and words (§1.5)."""

    MISSING = ("0x80044300", "No access token was sent.")
    INVALID = ("0x8004a100", "The access token is not valid.")
    ELSEWHERE = ("0x8004a100", "The access token is for another resource.")
    EXPIRED = ("0x8005f101", "The access token has expired.")


def unauthorized(challenge: str, flaw: TokenFlaw) -> ODataError:
    """No token, or one that opens nothing; the challenge names the authority and the resource."""
    code, what = flaw.value
    return ODataError(401, code, what, {"WWW-Authenticate": challenge})


def not_a_member(application: str) -> ODataError:
    """The token is good, but the application has no user in this organisation (§1.2)."""
    message = f"The user is not a member of the organization. No application user has the id {application}."
    return ODataError(403, "0x80072560", message)


def bad_version(path: str) -> ODataError:
    """Not below `/api/data/v9.x/`."""
    return ODataError(400, "0x80060888", f"The requested API version was not understood: '{path}'.")


def no_resource(segment: str) -> ODataError:
    """A name that is no entity set, function or action."""
    return ODataError(404, "0x80060888", f"Resource not found for the segment '{segment}'.")


def bad_url(message: str) -> ODataError:
    """A URL or query option that cannot be read."""
    return ODataError(400, "0x80060888", message)


def bad_syntax(message: str) -> ODataError:
    """A filter, order or key with a syntax error."""
    return ODataError(400, "0x8006088a", f"Bad Request - Error in query syntax. {message}")


def unsupported_option(name: str) -> ODataError:
    """A query option that the service does not have; options are case-sensitive."""
    return bad_url(f"The query parameter {name} is not supported.")


def wrong_method(method: str, path: str) -> ODataError:
    """A verb that the resource does not take."""
    return ODataError(405, "0x0", f"The requested resource does not support http method '{method}': {path}.")


def too_long_url(limit: int) -> ODataError:
    """A URL above the limit, in characters."""
    return ODataError(414, "", f"The request URI is longer than {limit} characters.")


def too_large(limit: int) -> ODataError:
    """A body above the limit, in bytes."""
    return ODataError(413, "", f"Request body is larger than the maximum of {limit} bytes.")


def sql_failed(reason: str) -> ODataError:
    """The world's file cannot be read or written just now."""
    return ODataError(500, "0x80044151", f"Sql error: {reason}.")


# --- names and values -------------------------------------------------------------------------------------


def unknown_column(name: str, table: str) -> ODataError:
    """In `$select`, `$filter`, `$orderby` or a URL."""
    return bad_url(f"Could not find a property named '{name}' on type '{TYPE}{table}'.")


def incompatible(left: str, right: str) -> ODataError:
    """A comparison between types, such as a quoted GUID with an id column."""
    return bad_url(
        "A binary operator with incompatible types was detected. "
        f"Found operand types '{left}' and '{right}' for operator kind 'Equal'."
    )


def aggregate_too_large(limit: int) -> ODataError:
    """`$apply` over too many rows."""
    return ODataError(
        400, "0x8004e023", f"The maximum record limit of {limit} is exceeded. Reduce the number of records."
    )


def invalid_property(name: str, table: str) -> ODataError:
    """An unknown property in a body."""
    return ODataError(
        400,
        "0x80048d19",
        f"Invalid property '{name}' was found in entity '{TYPE}{table}'. The property '{name}' does not "
        f"exist on type '{TYPE}{table}'. Make sure to only use property names that are defined by the type.",
    )


def undeclared(name: str, table: str) -> ODataError:
    """A navigation property that the table does not have, or in the wrong letter case."""
    return ODataError(
        400,
        "0x80048d19",
        f"Error identified in Payload provided by the user: An undeclared property '{name}' which only has "
        f"property annotations in the payload but no property value was found in type '{TYPE}{table}'.",
    )


def bad_payload(message: str) -> ODataError:
    """A body that cannot be read, or a value of the wrong JSON type."""
    return ODataError(400, "0x80048d19", f"Error identified in Payload provided by the user: {message}")


def read_only(column: str, table: str) -> ODataError:
    """A column that clients may not set. The service drops some without a word; here none is lost."""
    return bad_payload(f"the property '{column}' of '{TYPE}{table}' cannot be set.")


def too_long(column: str, table: str, maximum: int) -> ODataError:
    """Text above the column's length."""
    return ODataError(
        400,
        "0x80044331",
        f"A validation error occurred. The length of the '{column}' attribute of the '{table}' entity "
        f"exceeded the maximum allowed length of '{maximum}'.",
    )


def out_of_range(column: str, table: str) -> ODataError:
    """A number or date outside the column's bounds; the code is not in our reference, clients ignore it."""
    return ODataError(
        400,
        "0x80044330",
        f"A validation error occurred. The value of '{column}' on record of type '{table}' is outside the "
        "valid range.",
    )


def bad_choice(column: str, table: str, value: object, accepted: Iterable[int]) -> ODataError:
    """A number that is not among a choice's options."""
    listed = ",".join(str(number) for number in accepted)
    return ODataError(
        400,
        "0x8004431a",
        f"A validation error occurred. The value {value} of '{column}' on record of type '{table}' is "
        f"outside the valid range. Accepted Values: {listed}",
    )


def state_misfit(status: int, state: int, table: str) -> ODataError:
    """A status reason that belongs to another state."""
    message = f"{status} is not a valid status code for state code {state} on {table}."
    return ODataError(400, "0x80048408", message)


def forbidden_move(present: int, status: int, table: str) -> ODataError:
    """A status reason that does not follow the present one; no source shows this, the code is assumed."""
    message = f"{status} is not a valid status code after {present} on {table}."
    return ODataError(400, "0x80048408", message)


def missing_value(column: str, table: str) -> ODataError:
    """A SystemRequired column without a value; the code is that of an invalid argument."""
    return ODataError(400, "0x80040203", f"The attribute '{column}' of the entity '{table}' cannot be null.")


def unknown_parameter(name: str, action: str) -> ODataError:
    """A parameter that an action does not have."""
    return bad_payload(f"the parameter '{name}' in the request payload is not valid for '{action}'.")


def missing_parameter(name: str, wanted: str) -> ODataError:
    """A parameter of an action that is missing or of the wrong kind."""
    return bad_payload(f"the parameter '{name}' must be {wanted}.")


# --- rows -------------------------------------------------------------------------------------------------


def no_row(table: str, key: str) -> ODataError:
    """No row with that id."""
    return ODataError(404, "0x80040217", f"{table} With Id = {key} Does Not Exist")


def no_such_key(table: str) -> ODataError:
    """An alternate key that the table does not define."""
    return ODataError(400, "0x80060890", f"The key in the request URI is not valid for the entity '{table}'.")


def unusable_key(table: str, characters: str) -> ODataError:
    """A key value that breaks the URL however it is escaped (§5.3); the code is that of an unreadable URL."""
    return bad_url(f"The key of '{table}' in the request URI holds characters that it must not: {characters}")


def no_row_by_key(table: str) -> ODataError:
    """No row with that alternate key."""
    message = f"A record with the specified key values does not exist in {table} entity."
    return ODataError(404, "0x80060891", message)


def key_exists(table: str, key: str, columns: Iterable[str]) -> ODataError:
    """Another row has these values in the columns of an alternate key."""
    return ODataError(
        412,
        "0x80060892",
        f"Entity Key {key} violated. A record with the same value for {', '.join(columns)} already exists in "
        f"'{table}'. A duplicate record cannot be created. Select one or more unique values and try again.",
    )


def restricted(table: str, other: str) -> ODataError:
    """A delete that rows pointing at the row forbid (§9.2)."""
    message = f"The {table} cannot be deleted: it is associated with rows of {other}."
    return ODataError(405, "0x80040227", message)


def exists() -> ODataError:
    """The id is taken."""
    return ODataError(412, "0x80040237", "A record with matching key values already exists.")


def stale() -> ODataError:
    """If-Match names another version than the row's."""
    message = "The version of the existing record doesn't match the RowVersion property provided."
    return ODataError(412, "0x80060882", message)


def unguarded(table: str) -> ODataError:
    """If-Match names a version, and the table compares none; the status is assumed (§5.2)."""
    return ODataError(400, "0x80060883", f"Optimistic concurrency isn't enabled for entity type {table}.")


def own_id(table: str) -> ODataError:
    """An id given by the client to a row of a table whose ids the service makes; the code is assumed."""
    return ODataError(400, "0x80040265", f"The id of a new row of '{table}' cannot be set.")


# --- the events service -----------------------------------------------------------------------------------
# Its errors are not public: statuses as of its outbound forerunner (events-and-transition.md §1.1).


def no_events_token(parameter: str) -> ODataError:
    """No token in the query."""
    return ODataError(400, "", f"The query parameter '{parameter}' is missing.")


def wrong_events_token() -> ODataError:
    """A token that is no web application's of this organisation."""
    return ODataError(401, "", "The application token is not valid.")


def no_event_resource(what: str) -> ODataError:
    """An organisation, event, session or path that is not there."""
    return ODataError(404, "", f"Not found: {what}.")


def bad_registration(reason: str) -> ODataError:
    """Attendees that cannot be read."""
    return ODataError(400, "", f"The registration is not valid: {reason}.")


def bad_migration(reason: str) -> ODataError:
    """A job that cannot start: its ids cannot be read, or a precondition is broken."""
    return ODataError(400, "", f"The migration cannot start: {reason}.")


def job_running() -> ODataError:
    """One job at a time."""
    return ODataError(409, "", "A migration job is running already.")


def migration_gone(status: int) -> ODataError:
    """The tool went with outbound marketing."""
    return ODataError(status, "", "The migration is not offered in this environment.")


# --- batches ----------------------------------------------------------------------------------------------


def unreadable_batch(reason: str) -> ODataError:
    """A multipart body that is none."""
    return ODataError(
        400, "0x80048d19", f"The batch request could not be read, the stream was not readable: {reason}"
    )


def no_reference(reference: str) -> ODataError:
    """`$n` before, or without, a part with that Content-ID."""
    message = f"Content-ID Reference: '{reference}' does not exist in the batch context."
    return ODataError(400, "0x80048d19", message)


def not_in_batch(reason: str) -> ODataError:
    """An operation that has no place where it stands."""
    return ODataError(400, "0x80048d19", reason)


# --- bulk messages ----------------------------------------------------------------------------------------


def no_delete_multiple() -> ODataError:
    """Only elastic tables have it; the wording is documented, the code is not."""
    return ODataError(501, "0x80040203", "DeleteMultiple has not yet been implemented.")


def repeated_target(table: str) -> ODataError:
    """UpsertMultiple with two targets that mean one row; the code is assumed."""
    return ODataError(400, "0x80040216", f"The targets of '{table}' have the same row more than once.")


def key_in_body(column: str) -> ODataError:
    """UpsertMultiple with a key's column in the `@odata.id` and in the body (§5.2)."""
    return ODataError(400, "0x80040216", f"The key column '{column}' is in the body and in '@odata.id'.")


# --- limits -----------------------------------------------------------------------------------------------


def too_many_requests(most: int, window: float, wait: int) -> ODataError:
    """More requests than a user may send in the window (§8.1)."""
    gist = f"Number of requests exceeded the limit of {most} over time window of {window:g} seconds."
    return _throttled("0x80072322", gist, wait)


def too_much_time(most: float, window: float, wait: int) -> ODataError:
    """More work than a user may ask for in the window."""
    gist = (
        f"Combined execution time of incoming requests exceeded limit of {most * 1000:,.0f} milliseconds "
        f"over time window of {window:g} seconds."
    )
    return _throttled("0x80072321", gist, wait)


def too_many_at_once(most: int, wait: int) -> ODataError:
    """More requests at the same time than a user may have."""
    return _throttled("0x80072326", f"Number of concurrent requests exceeded the limit of {most}.", wait)


def _throttled(code: str, message: str, wait: int) -> ODataError:
    return ODataError(429, code, message, {"Retry-After": str(wait)})


# --- metadata and messages --------------------------------------------------------------------------------


def no_metadata(segment: str, key: str) -> ODataError:
    """A table, column, relationship or option set that the organisation does not have."""
    named = f" with the key '{key}'" if key else ""
    return ODataError(404, "0x80060888", f"Could not find a metadata object '{segment}'{named}.")


def bad_argument(function: str, name: str, wanted: str) -> ODataError:
    """A parameter of a function that is missing, or not of its type."""
    return ODataError(400, "0x80060888", f"The parameter '{name}' of '{function}' takes {wanted}.")
