"""What is to be signed in to, and the variables that say as whom. Secrets stay in here."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from mig.dataverse.bearer import Bearer
from mig.dataverse.clouds import authority_of, resource_of
from mig.dataverse.errors import SettingMissing, SignInFailed
from mig.dataverse.hiding import Hidden
from mig.dataverse.tokens import Token

_LONGEST: Final = 400  # characters of what an authority says


@dataclass(frozen=True, slots=True)
class Asked:
    """One sign-in: `place` stands for the url in messages, `tell` shows a person what to do."""

    method: str
    place: str
    url: str = field(repr=False)
    variables: Mapping[str, str] = field(repr=False)
    tell: Callable[[str], None] = field(repr=False)
    now: Callable[[], float] = field(repr=False)
    hidden: Hidden = field(default_factory=Hidden, repr=False)

    @property
    def resource(self) -> str:
        """What the token is for."""
        return resource_of(self.url)

    @property
    def authority(self) -> str:
        """Who signs in: AZURE_AUTHORITY_HOST, else the authority of the organisation's cloud."""
        host = self.variables.get("AZURE_AUTHORITY_HOST", "").rstrip("/") or authority_of(self.url)
        return host if "://" in host else f"https://{host}"

    def get(self, name: str) -> str | None:
        """A variable that may be missing."""
        return self.variables.get(name) or None

    def need(self, name: str) -> str:
        """A variable that the method cannot do without; `SettingMissing`."""
        found = self.get(name)
        if found is None:
            raise SettingMissing(self.place, self.method, name)
        return found

    def secret(self, name: str) -> str:
        """The same, for one that is never shown."""
        found = self.need(name)
        self.hidden.add(found)
        return found

    def token(self, result: Mapping[str, Any] | None) -> Token:
        """What MSAL answers: a token, or in a dict what went wrong (reference/dataverse-web-api.md 1.4)."""
        result = result or {}
        if "access_token" not in result:
            raise self.failed(str(result.get("error_description") or result.get("error") or "no answer"))
        seconds = result.get("expires_in")
        bearer = Bearer.of(str(result["access_token"]), self.place)
        return Token(bearer, None if seconds is None else float(seconds))

    def failed(self, why: str, fix: str | None = None) -> SignInFailed:
        """The exception; only the first line of what the other side says, without secrets."""
        first = (self.hidden.text(why).strip().splitlines() or [""])[0]
        return SignInFailed(self.place, self.method, first[:_LONGEST], fix)
