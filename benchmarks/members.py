"""Compares so many ids with as many; prints processor seconds and the peak in MB to standard error.

Not on Windows.

    python -m benchmarks.members COUNT

One side comes as rows of a database, as a computed query gives them; the other as the service's answer, JSON
inside JSON. One in a thousand of each is not in the other.
"""

import resource
import sqlite3
import sys
import time
from collections.abc import Iterator
from itertools import chain
from uuid import NAMESPACE_OID, uuid5

from mig.segments.ids import Ids
from mig.segments.service_lists import ids_told


def main() -> None:
    """Both sides are made first; reading and comparing them is timed."""
    count = int(sys.argv[1])
    connection = sqlite3.connect("")
    connection.execute("CREATE TABLE contact (contactid)")
    connection.executemany("INSERT INTO contact VALUES (?)", ((one,) for one in ids(0, count)))
    body = {"ResultText": answer(count // 1000, count)}
    start = time.process_time()
    expected = Ids.of(chain.from_iterable(connection.execute("SELECT contactid FROM contact")))
    actual = ids_told(body, "ResultText")
    missing, surplus = expected.apart(actual)
    took = time.process_time() - start
    if len(missing) != count // 1000 or len(surplus) != count // 1000:
        raise SystemExit(f"{len(missing)} missing and {len(surplus)} surplus")
    print(took, peak(), file=sys.stderr)


def answer(first: int, count: int) -> str:
    """The service's text, made in place: its making must not be what takes the most memory."""
    text = bytearray(b'{"members": [')
    for one in ids(first, count):
        text += f'"{one}", '.encode()
    text[-2:] = b"]}"
    return text.decode("ascii")


def ids(first: int, count: int) -> Iterator[str]:
    """Ids in no order; the same number gives the same id."""
    for number in range(first, first + count):
        yield str(uuid5(NAMESPACE_OID, str(number)))


def peak() -> float:
    """The most memory this process ever had, in MB."""
    unit = 1 if sys.platform == "darwin" else 1024  # bytes there, kibibytes elsewhere
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1_000_000


if __name__ == "__main__":
    main()
