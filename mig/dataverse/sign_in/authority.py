"""MSAL, asked in one place: loaded when it is needed, told whom to trust, its failures made ours.

Instance discovery is off: an authority is that of a known cloud, or the one that AZURE_AUTHORITY_HOST names,
about which MSAL would ask the public cloud.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from json import JSONDecodeError
from typing import Any, Final

from mig.dataverse.errors import Unreachable
from mig.dataverse.sign_in.asked import Asked

_OF_FILES: Final = (FileNotFoundError, PermissionError, IsADirectoryError, NotADirectoryError)
_SECONDS: Final = 30.0  # for one answer of whoever signs in; MSAL itself waits for ever


def options(asked: Asked, tenant: str) -> dict[str, Any]:
    """What every application of MSAL is told."""
    return {
        "authority": f"{asked.authority}/{tenant}",
        "instance_discovery": False,
        "http_client": session(asked),
    }


def session(asked: Asked) -> Any:
    """The HTTP session that MSAL uses.

    It trusts whom the Web API's connection trusts: SSL_CERT_FILE or SSL_CERT_DIR, before REQUESTS_CA_BUNDLE,
    which the session's library would read by itself and still does where neither is set.
    """
    import requests

    trusted = asked.get("SSL_CERT_FILE") or asked.get("SSL_CERT_DIR")
    made = requests.Session()
    made.request = partial(made.request, timeout=_SECONDS, verify=trusted)  # type: ignore[method-assign]
    return made


@contextmanager
def failures_told(asked: Asked) -> Iterator[None]:
    """What MSAL raises, as what the person can act on. Its texts name urls and variables, no secrets."""
    try:
        yield
    except JSONDecodeError as error:
        raise asked.failed("what was asked for a token answers with something else") from error
    except OSError as error:  # its HTTP library's exceptions are of this kind
        if isinstance(error, _OF_FILES):
            raise asked.failed(f"a file cannot be read: {error}") from error
        raise Unreachable(asked.authority, asked.hidden.text(_reason(error))) from error
    except (ValueError, TypeError) as error:
        raise asked.failed(str(error)) from error


def _reason(error: BaseException) -> str:
    """What the operating system says: libraries wrap that in addresses of objects and whole urls."""
    while (below := error.__cause__ or error.__context__) is not None:
        error = below
    return (error.strerror if isinstance(error, OSError) else None) or str(error) or type(error).__name__


def load() -> Any:
    """The library; a few hundred milliseconds that a command without sign-in does not spend."""
    import msal  # type: ignore[import-untyped]

    return msal
