"""A place in the tokens, and the way to say what was expected there."""

import difflib
from collections.abc import Iterable
from typing import Final

from mig.query.dialects import FORMS, Forms
from mig.query.errors import QueryError
from mig.query.tokens import END, ERROR, NAME, NUMBER, TEXT, Token, tokenise, unquote
from mig.query.tree import Dialect, Span

MAX_NESTING: Final = 40
"""Parentheses, NOT, minus signs and nested relations inside each other; real queries stay below ten."""

_MAX_DIGITS: Final = 18


class Cursor:
    """What every production needs: the current token, moving on, names, and refusing."""

    __slots__ = ("at", "closing", "depth", "forms", "text", "tokens", "unclosed")

    def __init__(self, text: str, dialect: Dialect) -> None:
        tokens = tokenise(text)
        self.text = text
        self.forms: Forms = FORMS[dialect]
        self.tokens: list[Token] = tokens.items
        self.closing = tokens.closing
        self.unclosed = tokens.unclosed
        self.at = 0
        self.depth = 0

    # --- looking ------------------------------------------------------------------------------------------

    def word(self) -> str:
        """The current token in upper case if it is a name, else nothing."""
        token = self.tokens[self.at]
        return token.text.upper() if token.kind == NAME else ""

    def calls(self) -> bool:
        """Whether the current token is a name before an opening parenthesis."""
        return self.tokens[self.at].kind == NAME and self.tokens[self.at + 1].kind == "("

    def span(self, start: int) -> Span:
        """From the token at index `start` to the one before the current."""
        return Span(self.tokens[start].start, self.tokens[self.at - 1].end)

    # --- moving -------------------------------------------------------------------------------------------

    def take(self, kind: str, expected: str = "") -> Token:
        """The current token, which must be of this kind; moves on."""
        token = self.tokens[self.at]
        if token.kind != kind:
            raise self.unexpected(expected or kind)
        self.at += 1
        return token

    def open(self) -> int:
        """Pass an opening parenthesis; returns its index for `close`."""
        self.take("(")
        self.descend()
        return self.at - 1

    def close(self, opening: int, *expected: str) -> None:
        """Pass the closing parenthesis of `opening`; a missing one is reported where it was opened."""
        self.depth -= 1
        token = self.tokens[self.at]
        closing = "]" if self.tokens[opening].kind == "[" else ")"
        if token.kind == closing:
            self.at += 1
        elif token.kind != ERROR and opening in self.unclosed:
            raise self._never_closed(opening, (*expected, closing))
        else:
            raise self.unexpected(*expected, closing)

    def descend(self) -> None:
        """Count one more level of nesting."""
        self.depth += 1
        if self.depth > MAX_NESTING:
            raise self.refusal(f"nested more than {MAX_NESTING} levels deep")

    def name(self, what: str) -> str:
        """A name: an identifier or a quoted string."""
        if self.tokens[self.at].kind != TEXT:
            return self.take(NAME, what).text
        name = self.string()
        if not name:
            self.at -= 1
            raise self.unexpected(what)
        return name

    def string(self) -> str:
        """The value of the current string."""
        token = self.take(TEXT, "a string")
        if token.text[0] == '"' and not self.forms.double_quotes:
            self.at -= 1
            message = f"{self.forms.called} queries write strings in single quotes, not in double ones"
            raise self.refusal(message, "a string")
        return unquote(token.text)

    def integer(self) -> int:
        """A whole number without a sign."""
        token = self.take(NUMBER, "a whole number")
        if "." in token.text or len(token.text) > _MAX_DIGITS:
            self.at -= 1
            raise self.unexpected("a whole number")
        return int(token.text)

    # --- refusing -----------------------------------------------------------------------------------------

    def refusal(self, message: str, *expected: str) -> QueryError:
        """This message, at the current token."""
        token = self.tokens[self.at]
        if token.kind == ERROR:
            message = token.text
        return QueryError(message, Span(token.start, token.end), expected, self.text)

    def unexpected(self, *expected: str) -> QueryError:
        """The current token is none of these."""
        token = self.tokens[self.at]
        if token.kind == END and self.unclosed:
            return self._never_closed(self.unclosed[-1], expected)
        found = "the query ends here" if token.kind == END else f"found {token.text}"
        return self.refusal(f"{found}, expected {_either(expected)}", *expected)

    def unknown(self, what: str, known: Iterable[str], advice: str = "") -> QueryError:
        """The current name is not known; advises, or suggests the nearest."""
        written = self.tokens[self.at].text
        known = tuple(known)
        near = difflib.get_close_matches(written.upper(), known, n=1)
        hint = f"; did you mean {near[0]}?" if near else ""
        return self.refusal(advice or f"unknown {what} {written}{hint}", *known)

    def _never_closed(self, opening: int, expected: tuple[str, ...]) -> QueryError:
        token = self.tokens[opening]
        kind = "parenthesis" if token.kind == "(" else "bracket"
        closing = ")" if token.kind == "(" else "]"
        message = f"this {kind} is never closed: a {closing} is missing after it"
        return QueryError(message, Span(token.start, token.end), expected, self.text)


def _either(expected: tuple[str, ...]) -> str:
    return " or ".join(filter(None, (", ".join(expected[:-1]), expected[-1])))
