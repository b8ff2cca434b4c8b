"""How an environment's `auth` becomes a way to sign in."""

import time
from collections.abc import Callable, Mapping

from mig.dataverse.sign_in.asked import Asked
from mig.dataverse.sign_in.given import Given
from mig.dataverse.sign_in.ways import WAYS, usual
from mig.dataverse.tokens import Way
from mig.manifest.environment_variables import Expanded
from mig.manifest.model import Auth, AuthMethod


def way_of(auth: Auth, url: Expanded, variables: Mapping[str, str], tell: Callable[[str], None]) -> Way:
    """The way that the manifest names, or the usual one; `tell` shows a person what to do.

    Raises `SettingMissing` or `BadToken` before anything is sent.
    """
    if auth.token is not None and auth.method is AuthMethod.TOKEN:
        return Given(auth.token.reveal(), str(url))
    method = auth.method or usual(variables)
    asked = Asked(
        method=method, place=str(url), url=url.reveal(), variables=variables, tell=tell, now=time.time
    )
    return WAYS[method](asked)
