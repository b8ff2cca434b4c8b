"""URLs: the path as segments, the query as options.

    path     = segment { "/" segment }
    segment  = name [ "(" arguments ")" ]        quotes inside the brackets protect everything

Both encodings that clients use are read: `%24select=a%2Cb` with `+` for a space, and `$select=a,b`.
"""

import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import unquote, unquote_plus

from mig.sandbox.errors import bad_url

_BASE: Final = re.compile(r"/api/data/v9\.[012](?:/|$)")
_GUID: Final = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_SEGMENT: Final = re.compile(r"(?P<name>[^/()]*)(?:\((?P<arguments>(?:[^()']|'[^']*')*)\))?(?:/|$)")

Options = dict[str, str]


@dataclass(frozen=True, slots=True)
class Segment:
    """One step of a path; `arguments` is None without brackets, `""` for `WhoAmI()`."""

    name: str
    arguments: str | None = None


def split_base(path: str) -> tuple[str, str] | None:
    """A path as (`/api/data/v9.2/`, the rest); None when it is not below a version the service has."""
    found = _BASE.match(path)
    if found is None:
        return None
    base = found.group().rstrip("/") + "/"
    return base, path[found.end() :]


def read_path(text: str) -> tuple[Segment, ...]:
    """The segments of a path below the base; 400 when brackets or quotes do not close."""
    rest = unquote(text).strip("/")
    segments: list[Segment] = []
    position = 0
    while position < len(rest):
        found = _SEGMENT.match(rest, position)
        if found is None or not found["name"]:
            raise bad_url(f"The URL could not be parsed at '{rest[position : position + 80]}'.")
        segments.append(Segment(found["name"], found["arguments"]))
        position = found.end()
    return tuple(segments)


def read_options(query: str) -> Options:
    """Query options by name; 400 when one is given twice."""
    options: Options = {}
    for pair in filter(None, query.split("&")):
        name, _, value = pair.partition("=")
        name = unquote_plus(name)
        if name in options:
            raise bad_url(
                f"Query option '{name}' was specified more than once, but it must be specified at most once."
            )
        options[name] = unquote_plus(value)
    return options


def guid_key(arguments: str, primary_id: str) -> str | None:
    """The id in `(id)` or `(primaryid=id)`, lower-case; None when the key has another form."""
    name, equals, value = arguments.partition("=")
    found = value if equals and name.strip() == primary_id else arguments
    return found.strip().lower() if is_guid(found.strip()) else None


def is_guid(text: str) -> bool:
    """Whether it is a GUID as the service writes one: five groups, no braces."""
    return _GUID.fullmatch(text) is not None
