"""A place in the words of a statement, and what is said where a word does not fit."""

from typing import Final

from mig.sandbox.relational.errors import bad_sql, no_such_sql
from mig.sandbox.sqlquery.words import Word

_UNSUPPORTED: Final = frozenset(
    {"ALTER", "APPLY", "BULK", "CASE", "COLLATE", "CREATE", "CROSS", "DELETE", "DROP", "ESCAPE", "EXCEPT"}
    | {"EXEC", "EXISTS", "FOR", "FULL", "GRANT", "HAVING", "INSERT", "INTERSECT", "INTO", "MERGE", "OPTION"}
    | {"OVER", "PERCENT", "REVOKE", "RIGHT", "TRUNCATE", "UNION", "UPDATE", "WITH"}
)
_RESERVED: Final = _UNSUPPORTED | {
    *("AND", "AS", "ASC", "BETWEEN", "BY", "DESC", "DISTINCT", "FETCH", "FROM", "GROUP", "IN", "INNER"),
    *("IS", "JOIN", "LEFT", "LIKE", "NOT", "NULL", "OFFSET", "ON", "OR", "ORDER", "OUTER", "SELECT"),
    *("TOP", "WHERE"),
}
_MARKS: Final = {
    **dict.fromkeys("+-/%", "Arithmetic"),
    "*": "SELECT *",
    ";": "More than one statement",
}


class Cursor:
    """Steps through words; what is taken must be there, what is skipped may be."""

    def __init__(self, cut: list[Word]) -> None:
        self._words = cut
        self._at = 0

    @property
    def next(self) -> Word:
        """The word that comes next, of kind `end` behind the last."""
        return self._words[self._at]

    def sees(self, text: str, ahead: int = 0) -> bool:
        """Whether the next word, or one further ahead, is this keyword or mark."""
        word = self._words[min(self._at + ahead, len(self._words) - 1)]
        return word.kind in ("name", "mark") and word.text.upper() == text

    def skip(self, *texts: str) -> bool:
        """Pass over these words, if all of them are there."""
        hit = all(self.sees(text, ahead) for ahead, text in enumerate(texts))
        self._at += len(texts) * hit
        return hit

    def take(self, *texts: str) -> None:
        """Pass over these words; 400 when one is not there."""
        for text in texts:
            if not self.skip(text):
                raise self.error()

    def error(self) -> Exception:
        """What T-SQL has and the service has not is named; anything else is a syntax error."""
        word = self.next
        if word.kind == "name" and word.text.upper() in _UNSUPPORTED:
            return no_such_sql(word.text.upper())
        if self.sees("SELECT"):
            return no_such_sql("A subquery")
        if word.kind == "mark" and word.text in _MARKS:
            return no_such_sql(_MARKS[word.text])
        what = f"'{word.text}'" if word.kind != "end" else "the end of the query"
        return bad_sql(f"syntax error at position {word.position}, near {what}.")

    def text(self, *kinds: str) -> str:
        """The next word, which must be of one of these kinds."""
        word = self.next
        if word.kind not in kinds:
            raise self.error()
        self._at += 1
        return word.text

    def whole_number(self) -> int:
        """A number without a fraction."""
        word = self.next
        if not word.text.isdecimal() or len(word.text) > 9:
            raise self.error()
        return int(self.text("number"))

    def sees_call(self) -> bool:
        """Whether a function's name and bracket come next."""
        return self.next.kind == "name" and self.sees("(", 1)

    def sees_name(self) -> bool:
        """Whether a name comes next; a keyword is one only in brackets or quotes."""
        word = self.next
        keyword = word.kind == "name" and word.text.upper() in _RESERVED
        return word.kind in ("name", "bracketed", "quoted") and not keyword

    def name(self) -> str:
        """A name that is no function's."""
        if not self.sees_name():
            raise self.error()
        if self.sees_call():
            raise no_such_sql(f"The function {self.next.text.upper()}")
        return self.text("name", "bracketed", "quoted")
