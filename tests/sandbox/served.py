"""A sandbox in a process of its own, as `mig sandbox serve` runs it."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any


@contextmanager
def served(home: Path, name: str, *options: str) -> Iterator[dict[str, Any]]:
    """What it said when it was ready; in the end it is asked to end, and leaves nothing behind."""
    command = [sys.executable, "-m", "mig", "sandbox", "serve", name, "--home", str(home)]
    with subprocess.Popen(
        [*command, "--format", "json", *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        try:
            told: dict[str, Any] = json.loads(process.stdout.readline() or "{}")
            assert told, process.stderr.read()
            yield told
        finally:
            process.terminate()
            out, err = process.communicate(timeout=30)
        assert (out, err) == ("", "")
