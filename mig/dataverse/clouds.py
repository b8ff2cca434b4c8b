"""Clouds, told by the host of an organisation: who signs in there (reference/dataverse-web-api.md 1.1).

GCC (`crm9.dynamics.com`) signs in where the public cloud does. Two names of China's authority are in
circulation; the one that is an alias of the other is not used.
"""

from typing import Final
from urllib.parse import urlsplit

_PUBLIC: Final = "https://login.microsoftonline.com"
_GOVERNMENT: Final = "https://login.microsoftonline.us"
_AUTHORITIES: Final = {
    ".dynamics.com": _PUBLIC,
    ".crm.microsoftdynamics.us": _GOVERNMENT,
    ".crm.appsplatform.us": _GOVERNMENT,
    ".crm.dynamics.cn": "https://login.chinacloudapi.cn",
}


def authority_of(url: str) -> str:
    """The authority of the cloud that an organisation is in; the public one for a host that nobody knows."""
    host = (urlsplit(url).hostname or "").lower()
    found = (authority for suffix, authority in _AUTHORITIES.items() if host.endswith(suffix))
    return next(found, _PUBLIC)


def resource_of(url: str) -> str:
    """What a token is for: scheme and host of the organisation, without a slash."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}".lower()
