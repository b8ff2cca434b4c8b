"""Numbers with what they count."""


def counted(count: int, what: str, several: str = "") -> str:
    """`1 pass`, `12,000 passes`; `several` where a plural is more than an s."""
    return f"{count:,} {what if count == 1 else several or what + 's'}"
