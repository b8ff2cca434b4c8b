"""Times the query languages in one process; prints two figures in seconds to standard error.

    python benchmarks/language.py outbound|rtm COUNT    all of them, and only splitting the same texts
    python benchmarks/language.py growth                a query of 3,000 characters, and one ten times as long

Outbound queries are parsed, analysed, translated and printed; real-time ones parsed, analysed and printed.
"""

import re
import statistics
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import yaml

from mig.model.tables import bundled_schema
from mig.query.analysis import analyse
from mig.query.parser import parse
from mig.query.printer import to_text
from mig.query.translate import translate
from mig.query.tree import Dialect

RUNS = 5
WORDS = re.compile(r"'[^']*'|\w+|[^\w\s]+")


def main() -> None:
    """Measure what was asked for."""
    if sys.argv[1] == "growth":
        texts = [long_query(length) for length in (3_000, 30_000)]
        figures = [median(partial(work, text, Dialect.OUTBOUND)) for text in texts]
    else:
        dialect = Dialect(sys.argv[1])
        texts = typical(dialect, int(sys.argv[2]))
        figures = [
            median(lambda: [work(text, dialect) for text in texts]),
            median(lambda: [WORDS.findall(text) for text in texts]),
        ]
    print(*figures, file=sys.stderr)


def typical(dialect: Dialect, count: int) -> list[str]:
    """So many queries, no two alike: nothing can be remembered from one to the next."""
    kinds = yaml.safe_load(Path(__file__).with_name("queries.yaml").read_text(encoding="utf-8"))[dialect]
    return [kinds[number % len(kinds)].format(number + 100) for number in range(count)]


def long_query(length: int) -> str:
    """One query of about this length."""
    one = "(c.address1_city == 'Oslo {0}' || c.annualincome > {0})"
    conditions = " && ".join(one.format(number) for number in range(100, 100 + length // len(one)))
    return f"PROFILE(contact, c).FILTER({conditions})"


def work(text: str, dialect: Dialect) -> str | None:
    """All that is done with a query before a plan shows it."""
    query = parse(text, dialect)
    analyse(query, bundled_schema())
    if dialect is Dialect.OUTBOUND:
        return translate(query, bundled_schema(), lambda name: None).text
    return to_text(query, dialect)


def median(run: Callable[[], object]) -> float:
    """Seconds, after one run to warm up."""
    run()
    times = []
    for _ in range(RUNS):
        start = time.perf_counter()
        run()
        times.append(time.perf_counter() - start)
    return statistics.median(times)


if __name__ == "__main__":
    main()
