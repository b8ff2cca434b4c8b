"""Client assertions: what can be checked of a signed text without knowing who may sign (§1.3, §1.4).

A certificate's assertion is issued by the application for this authority. Its signature is checked when the
certificate is sent along, as it is for subject name and issuer. A federated one is of another issuer, for the
token exchange. Times are real ones: whoever signed knows nothing of the world's clock.
"""

import base64
import binascii
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

EXCHANGE: Final = "api://AzureADTokenExchange"
_SHA256: Final = hashes.SHA256()
_PSS: Final = padding.PSS(padding.MGF1(_SHA256), padding.PSS.DIGEST_LENGTH)
_PADDINGS: Final[Mapping[str, padding.AsymmetricPadding]] = {"RS256": padding.PKCS1v15(), "PS256": _PSS}
_SKEW: Final = 300.0  # seconds that clocks may differ


@dataclass(frozen=True, slots=True)
class _Jwt:
    header: Mapping[str, Any]
    claims: Mapping[str, Any]
    signed: bytes
    signature: bytes


def flaw(assertion: str, *, client: str, endpoint: str, now: float) -> str | None:
    """What is wrong with an assertion, in a few words; None when nothing is. `now` is seconds since 1970."""
    jwt = _read(assertion)
    if jwt is None:
        return "it is no signed token of three parts"
    expires, audience = jwt.claims.get("exp"), jwt.claims.get("aud")
    if not isinstance(expires, int | float) or expires + _SKEW < now:
        return "it has no time of expiry, or has expired"
    if audience == EXCHANGE:
        return None if jwt.claims.get("iss") and jwt.claims.get("sub") else "it names no issuer or subject"
    if audience != endpoint:
        return f"its audience is neither {endpoint} nor {EXCHANGE}"
    if jwt.claims.get("iss") != client or jwt.claims.get("sub") != client:
        return "its issuer and subject are not the client id"
    if jwt.header.get("alg") not in _PADDINGS:
        return f"its algorithm is not one of {', '.join(_PADDINGS)}"
    if not (jwt.header.get("x5t") or jwt.header.get("x5t#S256")):
        return "it has no thumbprint of the certificate"
    return _signature_flaw(jwt) if jwt.header.get("x5c") else None


def _signature_flaw(jwt: _Jwt) -> str | None:
    try:
        certificate = x509.load_der_x509_certificate(_leaf(jwt.header["x5c"]))
        key = certificate.public_key()
        if not isinstance(key, rsa.RSAPublicKey):
            return "its certificate has no RSA key"
        key.verify(jwt.signature, jwt.signed, _PADDINGS[jwt.header["alg"]], _SHA256)
    except (ValueError, TypeError, LookupError):
        return "its certificate cannot be read"
    except InvalidSignature:
        return "its signature is not that of its certificate"
    return None


def _leaf(chain: Any) -> bytes:
    """The certificate of `x5c`, a list, or its first entry alone, in base64."""
    return base64.b64decode(chain if isinstance(chain, str) else chain[0])


def _read(text: str) -> _Jwt | None:
    parts = text.split(".")
    if len(parts) != 3:
        return None
    try:
        header, claims, signature = map(_decoded, parts)
        values = json.loads(header), json.loads(claims)
    except (ValueError, binascii.Error, RecursionError):
        return None
    if not all(isinstance(value, dict) for value in values):
        return None
    return _Jwt(*values, ".".join(parts[:2]).encode(), signature)


def _decoded(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
