"""A sandbox served as far away as an organisation is: 100 ms of latency, 30 ms of the server's time a row,
default limits, over TLS.
"""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

ENVIRONMENT: Final = 'far: {{url: "{url}", auth: {{method: token, token: "${{MIG_BENCH_TOKEN}}"}}}}'
"""As a manifest names it."""


@contextmanager
def served(home: Path, name: str, *options: str) -> Iterator[dict[str, Any]]:
    """What `mig sandbox serve` says of it, while it is served."""
    far = ("--tls", "--latency", "100ms", "--row-time", "30ms", *options)
    command = [sys.executable, "-m", "mig", "sandbox", "serve", name, "--home", str(home), "--port", "0"]
    with subprocess.Popen([*command, *far, "--format", "json"], stdout=subprocess.PIPE, text=True) as process:
        try:
            yield json.loads(process.stdout.readline() if process.stdout else "")
        finally:
            process.terminate()


def mig(*arguments: str) -> None:
    """Run a command that must do well."""
    subprocess.run([sys.executable, "-m", "mig", *arguments], check=True, stdout=subprocess.DEVNULL)
