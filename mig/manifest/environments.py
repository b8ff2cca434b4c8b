"""Builds the environments of a manifest, and expands the variables of those that are asked for."""

import ipaddress
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import SplitResult, urlsplit

from mig.manifest.complaints import Complaints
from mig.manifest.environment_variables import Expanded, malformed, missing, variables
from mig.manifest.mappings import build_mappings
from mig.manifest.model import (
    SNAPSHOT_SUFFIX,
    Auth,
    AuthMethod,
    Environment,
    EventsService,
    Ledger,
    LedgerStore,
)
from mig.manifest.view import View
from mig.manifest.words import did_you_mean, nearest, one_of
from mig.model.findings import Place

_GUID: Final = re.compile("[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")
_KINDS: Final = ("sandbox", "url", "snapshot")


@dataclass(frozen=True, slots=True)
class Variables:
    """Where `${NAME}` comes from, and the environments it is replaced in (None: all of them)."""

    environ: Mapping[str, str]
    environments: Collection[str] | None = None


def build_environments(
    part: View | None, expand: Variables, complaints: Complaints
) -> dict[str, Environment]:
    """Every environment by name; the sources of those asked for count as asked for."""
    views = {name: view for name in (part.names() if part else ()) if part and (view := part.child(name))}
    wanted = set(views) if expand.environments is None else {*expand.environments} & set(views)
    wanted |= {source for name in wanted if (source := views[name].text("source")) in views and source}
    known = list(part.data) if part and isinstance(part.data, dict) else []
    return {
        name: _Builder(view, complaints, expand.environ if name in wanted else None).build(name, known)
        for name, view in views.items()
    }


@dataclass(frozen=True, slots=True)
class _Builder:
    """One environment; `environ` is None when it was not asked for."""

    view: View
    complaints: Complaints
    environ: Mapping[str, str] | None

    def build(self, name: str, names: list[str]) -> Environment:
        view = self.view
        self._check_kind()
        self._check_source(name, names)
        url = self._expanded(view, "url")
        self._check_address(view, "url", url, "https://contoso.crm4.dynamics.com")
        organization = self._expanded(view, "organization")
        self._check_organization(organization)
        return Environment(
            name=name,
            place=view.place,
            sandbox=view.text("sandbox"),
            url=url,
            snapshot=view.text("snapshot"),
            organization=organization,
            auth=self._auth(view.child("auth")),
            events=self._events(view.child("events")),
            ledger=self._ledger(view.child("ledger")),
            mappings=build_mappings(view.child("mappings"), self.complaints),
            source=view.text("source"),
        )

    # --- parts --------------------------------------------------------------------------------------------

    def _auth(self, view: View | None) -> Auth:
        if view is None:
            return Auth()
        method = view.word("method", AuthMethod)
        if method is AuthMethod.TOKEN and not view.states("token") and not view.has_wrong_keys:
            fix = "add `token: ${NAME}`, naming the variable that holds it"
            self.complaints.error("MAN006", "`token` is missing", view.place, fix)
        return Auth(method, self._expanded(view, "token", secret=True))

    def _events(self, view: View | None) -> EventsService | None:
        if view is None:
            return None
        if (written := view.text("token")) and not variables(written) and not malformed(written):
            fix = "write `token: ${NAME}`, naming the variable that holds it"
            what = "the token of the events service stands in the manifest"
            self.complaints.error("MAN009", what, view.place_of("token"), fix)
        endpoint, token = self._expanded(view, "endpoint"), self._expanded(view, "token", secret=True)
        self._check_address(view, "endpoint", endpoint, "https://public-eur.mkt.dynamics.com/api/v1.0/orgs/…")
        origin = self._expanded(view, "origin")
        self._check_address(view, "origin", origin, "https://www.contoso.com")
        return EventsService(endpoint, token, origin) if endpoint and token else None

    def _ledger(self, view: View | None) -> Ledger:
        if view is None:
            return Ledger()
        store = view.word("store", LedgerStore) or LedgerStore.ENVIRONMENT
        if store is LedgerStore.FILE and not view.states("path") and not view.has_wrong_keys:
            self.complaints.error(
                "MAN006", "`path` is missing", view.place, "add `path:` with the file's name"
            )
        if store is LedgerStore.ENVIRONMENT and view.states("path"):
            what = "`path` is given, and the ledger is kept in the environment"
            fix = "add `store: file`, or take `path` out"
            self.complaints.error("MAN016", what, view.key_place("path"), fix)
        return Ledger(store, self._expanded(view, "path"))

    def _expanded(self, view: View, key: str, *, secret: bool = False) -> Expanded | None:
        text = view.text(key)
        if text is None:
            return None
        if malformed(text):
            fix = "write `${NAME}`, the name in letters, digits and `_`"
            self.complaints.error("MAN009", f"`{key}` has a `${{` without a name", view.place_of(key), fix)
            return Expanded(text)
        names = variables(text)
        template = text if names or not secret else "(written in the manifest)"
        if self.environ is None and names:
            return Expanded(template)
        return self._with_values(template, text, view.place_of(key))

    def _with_values(self, template: str, text: str, place: Place) -> Expanded:
        environ = self.environ or {}
        absent = missing(text, environ)
        for name in absent:
            what = f"the environment variable {name} is not set"
            self.complaints.error("MAN012", what, place, f"set {name} where mig runs")
        return Expanded(template) if absent else Expanded.of(template, text, environ)

    # --- checks -------------------------------------------------------------------------------------------

    def _check_kind(self) -> None:
        stated = [key for key in _KINDS if self.view.states(key)]
        if len(stated) > 1:
            what = f"{one_of([f'`{key}`' for key in stated], 'and')} exclude each other"
            place = self.view.key_place(stated[1])
            self.complaints.error("MAN016", what, place, "keep the one that this environment is")
        elif not stated and not self.view.has_wrong_keys:
            what = "`url`, `sandbox` or `snapshot` is missing"
            self.complaints.error("MAN006", what, self.view.place, "add the one that this environment is")

    def _check_source(self, name: str, names: list[str]) -> None:
        source = self.view.text("source")
        place = self.view.place_of("source")
        if source is None or source.endswith(SNAPSHOT_SUFFIX):
            return
        if source == name:
            what = f"the environment `{name}` names itself as its source"
            self.complaints.error(
                "MAN011", what, place, "leave `source` out: rows are read where they are written"
            )
        elif source not in names:
            others = [other for other in names if other != name]
            fix = (
                did_you_mean(nearest(source, others))
                or f"name one of {one_of(others, 'or')}, or a .migsnap file"
            )
            self.complaints.error("MAN011", f"no environment is called `{source}`", place, fix)

    def _check_address(self, view: View, key: str, address: Expanded | None, example: str) -> None:
        if address and address.known and not _usable(address.reveal()):
            what = f"`{key}` must be https with a host and no query (http only to this machine)"
            place, fix = view.place_of(key), f"write it like {example}"
            self.complaints.error("MAN009", what, place, fix, found=str(address))

    def _check_organization(self, organization: Expanded | None) -> None:
        """What is written out the schema has checked; what comes from a variable is known only now."""
        if organization and organization.known and not _GUID.fullmatch(organization.reveal()):
            what = "`organization` must be an id such as 6f1c0a52-0f0e-4a55-9a61-3d3a3a6d0a11"
            place = self.view.place_of("organization")
            self.complaints.error("MAN009", what, place, "set the variable to it", found=str(organization))


def _usable(url: str) -> bool:
    """TLS only, except loopback (design: the client)."""
    try:
        parts = urlsplit(url)
        has_host = bool(parts.hostname) and parts.port != 0
    except ValueError:  # a port that is no number, a broken IPv6 address
        return False
    plain = has_host and not (parts.query or parts.fragment or parts.username)
    return plain and (parts.scheme == "https" or (parts.scheme == "http" and _is_loopback(parts)))


def _is_loopback(parts: SplitResult) -> bool:
    host = parts.hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
