"""Times the texts of `tests/query/bad_texts.py` in one process; prints three figures to standard error.

    python -m benchmarks.bad_input

Seconds of the processor for the slowest text, those for all of them, and how many there were. Each text is
read in both languages; what is read is analysed, printed, and translated where it is outbound.
"""

import sys
import time
from itertools import chain

from benchmarks.language import work
from mig.query.errors import QueryError
from mig.query.tree import Dialect
from tests.query.bad_texts import EXTREMES, fuzzed


def main() -> None:
    """Measure every text once: with so many, the slowest is no accident of the machine."""
    took = [seconds(text) for text in chain(fuzzed(), EXTREMES.values())]
    print(max(took), sum(took), len(took), file=sys.stderr)


def seconds(text: str) -> float:
    """What all that is done with a text takes of the processor: others may use the machine too."""
    start = time.process_time()
    for dialect in Dialect:
        try:
            work(text, dialect)
        except QueryError:
            continue
    return time.process_time() - start


if __name__ == "__main__":
    main()
