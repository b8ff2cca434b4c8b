"""Says at the end of a run how many cases the second opinion tried, by however many processes."""

from typing import Any, Final

import pytest

from tests.oracle.tally import TRIED

_TRIED: Final = "tried"


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
