"""What a reader says about a text it cannot read."""

from mig.query.tree import Span


class QueryError(ValueError):
    """A text that is no query: what is wrong, where, and what could have stood there.

    `code` is QRY001, or QRY002 for a text that was not read because of its length.
    """

    def __init__(
        self, message: str, span: Span, expected: tuple[str, ...], text: str, *, code: str = "QRY001"
    ) -> None:
        super().__init__(message)
        self.message = message
        self.span = span
        self.expected = expected
        self.text = text
        self.code = code

    def __eq__(self, other: object) -> bool:
        """The same mistake at the same place of the same text: two readings of it are equal."""
        return isinstance(other, QueryError) and self._facts == other._facts

    def __hash__(self) -> int:
        return hash(self._facts)

    @property
    def _facts(self) -> tuple[object, ...]:
        return (self.message, self.span, self.expected, self.text, self.code)

    @property
    def line(self) -> int:
        """The line of the mistake, from 1."""
        return self.span.line_in(self.text)

    @property
    def column(self) -> int:
        """The column of the mistake in its line, from 1, in code points."""
        return self.span.column_in(self.text)

    def __str__(self) -> str:
        return f"{self.message} (line {self.line}, column {self.column})"
