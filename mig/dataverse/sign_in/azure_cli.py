"""Whoever the Azure CLI is signed in as, by `az account get-access-token` (dataverse-web-api.md 1.3)."""

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any, Final

from mig.dataverse.bearer import Bearer
from mig.dataverse.sign_in.asked import Asked
from mig.dataverse.tokens import Token

_SECONDS: Final = 60.0  # it starts slowly, and may have to ask the authority
# On Windows `az` is a script of the command shell, which must not find anything of its own in an argument.
_PLAIN: Final = re.compile(r"[A-Za-z0-9._:/-]+")


class AzureCli:
    """`azure-cli`: the account of `az login`; AZURE_TENANT_ID says in which tenant, if not in its own."""

    who = "the account that the Azure CLI is signed in with"

    def __init__(self, asked: Asked) -> None:
        self._asked = asked

    def acquire(self, *, fresh: bool, claims: str | None) -> Token:
        """It keeps tokens itself, and hands one out as long as that is good."""
        told = self._read(self._run())
        ends = told.get("expires_on")  # seconds since 1970; older ones tell the local time only
        seconds = float(ends) - self._asked.now() if isinstance(ends, int) else None
        return Token(Bearer.of(str(told["accessToken"]), self._asked.place), seconds)

    def _run(self) -> str:
        found = shutil.which("az", path=self._asked.get("PATH"))
        # Windows looks in the current folder first, where a manifest of somebody else may lie.
        if found is None or Path(found).resolve().parent == Path.cwd():
            fix = "install the Azure CLI and run `az login`, or say another `auth.method` in the manifest"
            raise self._asked.failed("the command `az` is not there", fix)
        try:
            ran = subprocess.run(  # noqa: S603 -- what it is given is checked
                [found, *self._arguments()],
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=_SECONDS,
                check=False,
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise self._asked.failed(
                f"`az` cannot be run: {type(error).__name__}", "run `az login`"
            ) from error
        if ran.returncode != 0:
            raise self._asked.failed(_reason(ran.stderr), f"run `{self._login()}`")
        return ran.stdout.decode("utf-8", "replace")

    def _arguments(self) -> list[str]:
        given = ["--resource", self._asked.resource]
        if tenant := self._asked.get("AZURE_TENANT_ID"):
            given += ["--tenant", tenant]
        for argument in given:
            if not _PLAIN.fullmatch(argument):
                raise self._asked.failed("the url or AZURE_TENANT_ID has characters that do not belong there")
        return ["account", "get-access-token", "--output", "json", *given]

    def _login(self) -> str:
        tenant = self._asked.get("AZURE_TENANT_ID")
        return f"az login --tenant {tenant}" if tenant else "az login"

    def _read(self, text: str) -> dict[str, Any]:
        try:
            told = json.loads(text)
        except ValueError:
            told = None
        if not isinstance(told, dict) or not told.get("accessToken"):
            raise self._asked.failed("`az` answered without a token", f"run `{self._login()}`")
        return told


def _reason(stderr: bytes) -> str:
    """The line in which it says what is wrong."""
    lines = [line for line in stderr.decode("utf-8", "replace").splitlines() if line.strip()]
    found = next(
        (line for line in lines if line.startswith("ERROR")), lines[0] if lines else "it does not say why"
    )
    return f"`az` says: {found.removeprefix('ERROR:').strip()}"
