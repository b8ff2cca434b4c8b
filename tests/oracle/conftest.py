"""Says at the end of a run how many cases were tried."""

import pytest

from tests.oracle.tally import TRIED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if TRIED:
        counted = ", ".join(f"{count:,} {what}" for what, count in TRIED.items())
        terminalreporter.write_line(f"oracle: {counted}")
