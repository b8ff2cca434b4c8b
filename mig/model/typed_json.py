"""Values of frozen dataclasses as JSON, and back, by their types.

A field that holds its default is left out, so that a value written before a field was added is still read.
Of several dataclasses that a field may hold, the name of the one it does is written beside its fields.
"""

import types
from collections.abc import Mapping, Sequence, Set
from dataclasses import MISSING, Field, fields, is_dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from functools import cache
from typing import Any, Final, Literal, TypeVar, Union, cast, get_args, get_origin, get_type_hints

UNSAVED: Final = {"unsaved": True}
"""Metadata of a field that is never written; it has its default when it is read back."""

_NAME: Final = "is"
_UNIONS: Final = (Union, types.UnionType)
_LISTS: Final = (tuple, Sequence)
_SETS: Final = (frozenset, Set)
_T = TypeVar("_T")


class Misfit(ValueError):
    """JSON that is no value of the type; the message says where."""


def to_json(kind: Any, value: Any) -> Any:
    """A value of a type as plain data, in the order of its parts; sets are sorted."""
    if kind is Any or value is None:
        return value
    origin = get_origin(kind)
    if origin in _UNIONS:
        return _one_to_json(_arms(kind), value)
    if is_dataclass(kind):
        return _fields_to_json(kind, value)
    if origin is Mapping:
        keys, values = get_args(kind)
        return _mapping_to_json(keys, values, value)
    if origin in _LISTS:
        return [to_json(part, one) for part, one in zip(_parts(kind, len(value)), value, strict=True)]
    if origin in _SETS:
        return sorted(to_json(get_args(kind)[0], one) for one in value)
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, datetime | date):
        return value.isoformat()
    return str(value) if isinstance(value, Decimal) else value


def from_json(kind: type[_T], data: Any) -> _T:
    """The value that `to_json` wrote; `Misfit` when it is none of this type."""
    return cast(_T, _read(kind, data))


def _read(kind: Any, data: Any) -> Any:
    if kind is Any:
        return data
    origin = get_origin(kind)
    if origin in _UNIONS:
        return _one_from_json(kind, data)
    if is_dataclass(kind):
        return _fields_from_json(kind, data)
    if origin is Mapping:
        keys, values = get_args(kind)
        return _mapping_from_json(keys, values, data)
    if origin in _LISTS:
        found = _of(list, data)
        parts = _parts(kind, len(found))
        if len(parts) != len(found):
            raise Misfit(f"{len(found)} values where {len(parts)} belong")
        return tuple(_read(part, one) for part, one in zip(parts, found, strict=True))
    if origin in _SETS:
        return frozenset(_read(get_args(kind)[0], one) for one in _of(list, data))
    if origin is Literal:
        return _listed(get_args(kind), data)
    return _plain(kind, data)


def _plain(kind: Any, data: Any) -> Any:
    try:
        if kind in (datetime, date):
            return kind.fromisoformat(_of(str, data))
        if kind is Decimal or issubclass(kind, Enum):
            return kind(data)
    except (ArithmeticError, ValueError) as error:
        raise Misfit(f"{data!r} is no {kind.__name__}") from error
    return _of(kind, data)


def _of(kind: Any, data: Any) -> Any:
    if not _is(kind, data):
        raise Misfit(f"{type(data).__name__} where {kind.__name__} belongs")
    return data


def _is(kind: Any, data: Any) -> bool:
    """A flag is no number; a whole number is one that may have fractions."""
    return type(data) is kind or (kind is float and type(data) is int)


def _listed(words: Sequence[Any], data: Any) -> Any:
    if data not in words:
        raise Misfit(f"{data!r} is none of {', '.join(map(repr, words))}")
    return data


# --- dataclasses ------------------------------------------------------------------------------------------


@cache
def _saved(kind: Any) -> Mapping[str, tuple[Any, Field[Any]]]:
    """The fields that are written, with their types."""
    hints = get_type_hints(kind)
    return {one.name: (hints[one.name], one) for one in fields(kind) if not one.metadata.get("unsaved")}


def _default(one: Field[Any]) -> Any:
    return one.default_factory() if one.default_factory is not MISSING else one.default


def _fields_to_json(kind: Any, value: Any) -> dict[str, Any]:
    found = {name: (part, getattr(value, name), one) for name, (part, one) in _saved(kind).items()}
    return {name: to_json(part, held) for name, (part, held, one) in found.items() if held != _default(one)}


def _fields_from_json(kind: Any, data: Any) -> Any:
    found = _of(dict, data)
    given = {}
    for name, (part, one) in _saved(kind).items():
        if name in found:
            try:
                given[name] = _read(part, found[name])
            except Misfit as error:
                raise Misfit(f"{kind.__name__}.{name}: {error}") from error
        elif _default(one) is MISSING:
            raise Misfit(f"{kind.__name__}.{name} is missing")
    return kind(**given)


# --- the rest ---------------------------------------------------------------------------------------------


def _arms(kind: Any) -> Sequence[Any]:
    return [arm for arm in get_args(kind) if arm is not types.NoneType]


def _one_to_json(arms: Sequence[Any], value: Any) -> Any:
    if len(arms) == 1:
        return to_json(arms[0], value)
    if is_dataclass(value):
        return {_NAME: type(value).__name__, **_fields_to_json(type(value), value)}
    return value


def _one_from_json(kind: Any, data: Any) -> Any:
    arms = _arms(kind)
    if data is None:
        return _listed([arm for arm in (None,) if types.NoneType in get_args(kind)], data)
    if len(arms) == 1:
        return _read(arms[0], data)
    if isinstance(data, dict):
        named: Mapping[str, Any] = {arm.__name__: arm for arm in arms if isinstance(arm, type)}
        return _read(named[_listed(list(named), data.get(_NAME))], data)
    if not any(_is(arm, data) for arm in arms):
        raise Misfit(f"{type(data).__name__} where {kind} belongs")
    return data


def _mapping_to_json(keys: Any, values: Any, mapping: Mapping[Any, Any]) -> Any:
    """An object where keys are texts, else a list of pairs."""
    if keys is str:
        return {key: to_json(values, value) for key, value in mapping.items()}
    return [[to_json(keys, key), to_json(values, value)] for key, value in mapping.items()]


def _mapping_from_json(keys: Any, values: Any, data: Any) -> Mapping[Any, Any]:
    if keys is str:
        return {key: _read(values, value) for key, value in _of(dict, data).items()}
    pairs = [_of(list, pair) for pair in _of(list, data)]
    if any(len(pair) != 2 for pair in pairs):
        raise Misfit("a pair that is none")
    return {_read(keys, key): _read(values, value) for key, value in pairs}


def _parts(kind: Any, length: int) -> Sequence[Any]:
    """The type of each item: `tuple[X, Y]` states one each, `tuple[X, ...]` and sequences one for all."""
    stated = get_args(kind)
    if get_origin(kind) is tuple and (len(stated) != 2 or stated[1] is not Ellipsis):
        return stated
    return [stated[0]] * length
