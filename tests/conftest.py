"""Says at the end of a run how many cases the second opinion tried, by however many processes."""

from pathlib import Path
from typing import Any, Final

import pytest

from tests.oracle.tally import TRIED

_ORACLE: Final = Path(__file__).parent / "oracle"
_TRIED: Final = "tried"


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """One process for all of that folder: its tests share what is made once.

    First of these hooks: the one of pytest-xdist reads the groups.
    """
    for item in items:
        if _ORACLE in item.path.parents:
            item.add_marker(pytest.mark.xdist_group("oracle"))


def pytest_sessionfinish(session: pytest.Session) -> None:
    """A process that works for another hands its numbers over."""
    told = getattr(session.config, "workeroutput", None)
    if told is not None:
        told[_TRIED] = dict(TRIED)


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    TRIED.update(getattr(node, "workeroutput", {}).get(_TRIED, {}))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if TRIED:
        counted = ", ".join(f"{count:,} {what}" for what, count in TRIED.items())
        terminalreporter.write_line(f"oracle: {counted}")
