"""Assertions of somebody whom an application trusts: had for each token, because they live minutes.

From a file that whoever runs `mig` replaces in time, or from GitHub Actions, whose jobs ask for their own
(reference/dataverse-web-api.md 1.3).
"""

from collections.abc import Callable
from pathlib import Path
from typing import Final

from mig.dataverse.sign_in import authority
from mig.dataverse.sign_in.asked import Asked

FILE: Final = "AZURE_FEDERATED_TOKEN_FILE"
_ADDRESS: Final = "ACTIONS_ID_TOKEN_REQUEST_URL"
_PERMIT: Final = "ACTIONS_ID_TOKEN_REQUEST_TOKEN"
_AUDIENCE: Final = "api://AzureADTokenExchange"

Assertion = Callable[[], str]


def assertion(asked: Asked) -> Assertion:
    """How to have one; the file comes first, as it is set on purpose. `SettingMissing` where neither is."""
    source = _of_a_job(asked) if asked.get(_ADDRESS) and not asked.get(FILE) else _in_a_file(asked)

    def had() -> str:
        text = source().strip()
        asked.hidden.add(text)
        return text

    return had


def _in_a_file(asked: Asked) -> Assertion:
    path = Path(asked.need(FILE))
    return lambda: path.read_text(encoding="utf-8")


def _of_a_job(asked: Asked) -> Assertion:
    address, permit = asked.need(_ADDRESS), asked.secret(_PERMIT)

    def ask() -> str:
        answer = authority.session(asked).get(
            address, params={"audience": _AUDIENCE}, headers={"Authorization": f"Bearer {permit}"}
        )
        told = answer.json() if answer.status_code == 200 else None
        if not isinstance(told, dict) or "value" not in told:
            why = f"GitHub Actions answered {answer.status_code} when asked for an assertion"
            raise asked.failed(why, "give the job the permission `id-token: write`")
        return str(told["value"])

    return ask
