"""Links: to a next page, followed as they come and only back to where the token belongs; and for people."""

from typing import Final
from urllib.parse import urlsplit

from mig.dataverse.errors import BadAnswer

_PORTS: Final = {"http": 80, "https": 443}


def below(root: str, link: object) -> str:
    """The link's path and query relative to the service root, character by character.

    The host may be spelled in another case than in the manifest, or with the usual port; a link elsewhere
    would carry the token away.
    """
    if not isinstance(link, str):
        raise BadAnswer("the service sent a next page that is no link")
    prefix = _path(root)
    try:
        same = _origin(link) == _origin(root)
    except ValueError as error:
        raise BadAnswer("the service sent a next page that is no link") from error
    if not same or not _path(link).startswith(prefix):
        raise BadAnswer(f"the next page is on another host: {urlsplit(link).netloc}")
    return _path(link).removeprefix(prefix)


def _origin(url: str) -> tuple[str, str, int | None]:
    parts = urlsplit(url)
    return parts.scheme, parts.hostname or "", parts.port or _PORTS.get(parts.scheme)


def _path(url: str) -> str:
    """All that follows the host, untouched."""
    _, slash, path = url.partition("://")[2].partition("/")
    return slash + path


def form_of(url: str, table: str, row_id: str) -> str | None:
    """The form of a row in a model-driven app; none for a sandbox, or where the url stands in a variable."""
    if not url.startswith("https://") or "${" in url:
        return None
    return f"{url.rstrip('/')}/main.aspx?pagetype=entityrecord&etn={table}&id={row_id}"
