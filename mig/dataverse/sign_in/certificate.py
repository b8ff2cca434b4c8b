"""A certificate with its private key, as MSAL wants it."""

from pathlib import Path
from typing import Any, Final

_PEM: Final = b"-----BEGIN"


def credential(path: Path, password: str | None, *, sends_chain: bool) -> dict[str, Any]:
    """From a PEM file with certificate and key, or from PKCS#12.

    `sends_chain`: the certificate goes along, for authorities that know its issuer only. `OSError`,
    `ValueError` or `TypeError` when the file is missing, holds something else, or needs another password.
    """
    data = path.read_bytes()
    locked = {"passphrase": password} if password else {}
    if _PEM not in data:
        return {"private_key_pfx_path": str(path), "public_certificate": sends_chain or None, **locked}
    found = {"private_key": data.decode("ascii"), "thumbprint": _thumbprint(data), **locked}
    return found | ({"public_certificate": data.decode("ascii")} if sends_chain else {})


def _thumbprint(pem: bytes) -> str:
    """By SHA-1, because that is what certificates are registered by."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes

    digest = x509.load_pem_x509_certificate(pem).fingerprint(hashes.SHA1())  # noqa: S303 -- a name, no proof
    return digest.hex()
