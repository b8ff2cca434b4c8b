"""Which elements and attributes FetchXML has, and what they may hold.

From the element reference of the documentation. Hints to the database have no effect here, as they have none
on the rows that the service answers with.
"""

from collections.abc import Mapping
from typing import Final

from mig.sandbox.errors import not_emulated
from mig.sandbox.fetchxml.xml import Element
from mig.sandbox.relational.errors import bad_fetch

_INSIDE: Final = frozenset({"attribute", "all-attributes", "order", "filter", "link-entity"})
_CHILDREN: Final[Mapping[str, frozenset[str]]] = {
    "fetch": frozenset({"entity"}),
    "entity": _INSIDE,
    "link-entity": _INSIDE,
    "filter": frozenset({"condition", "filter", "link-entity"}),
    "condition": frozenset({"value"}),
}
_PAGING: Final = frozenset({"count", "page", "paging-cookie", "returntotalrecordcount"})
_HINTS: Final = frozenset({"latematerialize", "mapping", "no-lock", "options", "output-format", "version"})
_ATTRIBUTES: Final[Mapping[str, frozenset[str]]] = {
    "fetch": _PAGING | _HINTS | {"aggregate", "aggregatelimit", "distinct", "top", "useraworderby"},
    "entity": frozenset({"name", "enableprefiltering", "prefilterparametername"}),
    "link-entity": frozenset({"name", "from", "to", "alias", "link-type", "intersect", "visible"}),
    "attribute": frozenset({"name", "alias", "aggregate", "groupby", "dategrouping", "distinct"}),
    "all-attributes": frozenset(),
    "order": frozenset({"attribute", "alias", "descending", "entityname"}),
    "filter": frozenset({"type", "hint"}),
    "condition": frozenset(
        {"attribute", "operator", "value", "valueof", "entityname", "uiname", "uitype", "uihidden"}
    ),
    "value": frozenset({"uiname", "uitype"}),
}
# What the service has besides; `false` is its default where there is one.
_LATER: Final[Mapping[str, frozenset[str]]] = {
    "fetch": frozenset({"datasource"}),
    "attribute": frozenset({"rowaggregate", "usertimezone"}),
    "filter": frozenset(
        {"isquickfindfields", "overridequickfindrecordlimitenabled", "overridequickfindrecordlimitdisabled"}
    ),
}
_FLAGS: Final = {"true": True, "1": True, "false": False, "0": False}


def check(element: Element) -> None:
    """400 for an element or attribute that FetchXML does not have there, 501 for one only missing here."""
    allowed = _ATTRIBUTES[element.name]
    for name, value in element.attributes.items():
        if name in _LATER.get(element.name, ()):
            if value not in ("false", "0"):
                raise not_emulated(f"{name} of <{element.name}>")
        elif name not in allowed and not name.startswith("xmlns"):
            raise bad_fetch(f"<{element.name}> has no attribute '{name}'.")
    for child in element.children:
        if child.name not in _CHILDREN.get(element.name, ()):
            raise bad_fetch(f"<{child.name}> is not allowed in <{element.name}>.")
        check(child)


def needed(element: Element, name: str) -> str:
    """An attribute that an element must have."""
    value = element.get(name)
    if not value:
        raise bad_fetch(f"<{element.name}> needs the attribute '{name}'.")
    return value


def flag(element: Element, name: str) -> bool:
    """A yes or no; no without it."""
    value = element.attributes.get(name, "false")
    if value.lower() not in _FLAGS:
        raise bad_fetch(f"'{value}' is no value for the attribute '{name}': it is true or false.")
    return _FLAGS[value.lower()]


def positive(element: Element, name: str) -> int | None:
    """A whole number above zero; None without it."""
    value = element.get(name)
    if value is None:
        return None
    if not (value.isascii() and value.isdecimal() and len(value) < 10 and int(value) > 0):
        raise bad_fetch(f"'{value}' is no value for the attribute '{name}': it is a whole number above 0.")
    return int(value)
