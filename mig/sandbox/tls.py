"""TLS for a served sandbox: a certificate authority that lives as long as the serving.

The official SDK (1.1.0) and MSAL refuse plain http (dataverse-web-api.md §1.4, §13.1). Clients trust the
authority by its file: `REQUESTS_CA_BUNDLE`, `SSL_CERT_FILE`, `NODE_EXTRA_CA_CERTS`.
"""

import ipaddress
import ssl
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

_NAMES: Final = (
    x509.DNSName("localhost"),
    x509.IPAddress(ipaddress.ip_address("127.0.0.1")),
    x509.IPAddress(ipaddress.ip_address("::1")),
)
_EARLIER: Final = timedelta(days=1)  # clocks of one machine's containers may differ a little
_LIFE: Final = timedelta(days=30)
_KEY_USAGES: Final = (
    "digital_signature",
    "content_commitment",
    "key_encipherment",
    "data_encipherment",
    "key_agreement",
    "key_cert_sign",
    "crl_sign",
    "encipher_only",
    "decipher_only",
)


@dataclass(frozen=True, slots=True)
class Tls:
    """What a server needs, and the file of the authority that its clients need."""

    context: ssl.SSLContext
    ca: Path


@dataclass(frozen=True, slots=True)
class _Signer:
    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey


@contextmanager
def throwaway_tls() -> Iterator[Tls]:
    """A new authority and certificate for loopback. The authority's file is removed at the end.

    The authority's key never leaves memory. The server's key is on disk only while OpenSSL reads it, which
    takes files alone, in a folder that only this user may enter.
    """
    authority = _authority()
    with tempfile.TemporaryDirectory(prefix="mig-sandbox-") as folder:
        ca = Path(folder) / "ca.pem"
        ca.write_bytes(authority.certificate.public_bytes(serialization.Encoding.PEM))
        yield Tls(_context(_server(authority), Path(folder)), ca)


def _context(server: _Signer, folder: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    key = server.key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    file = folder / "server.pem"
    try:
        file.touch(mode=0o600)
        file.write_bytes(key + server.certificate.public_bytes(serialization.Encoding.PEM))
        context.load_cert_chain(file)
    finally:
        file.unlink(missing_ok=True)
    return context


def _authority() -> _Signer:
    key = ec.generate_private_key(ec.SECP256R1())
    name = _name("mig sandbox, throw-away authority")
    builder = (
        _builder(name, name, key)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage("key_cert_sign", "crl_sign"), critical=True)
    )
    return _Signer(builder.sign(key, hashes.SHA256()), key)


def _server(authority: _Signer) -> _Signer:
    key = ec.generate_private_key(ec.SECP256R1())
    issuer = authority.certificate.subject
    signed_by = x509.AuthorityKeyIdentifier.from_issuer_public_key(authority.key.public_key())
    builder = (
        _builder(_name("mig sandbox"), issuer, key)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage("digital_signature"), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectAlternativeName(_NAMES), critical=False)
        .add_extension(signed_by, critical=False)
    )
    return _Signer(builder.sign(authority.key, hashes.SHA256()), key)


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey
) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _EARLIER)
        .not_valid_after(now + _LIFE)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )


def _name(common: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)])


def _usage(*allowed: str) -> x509.KeyUsage:
    return x509.KeyUsage(**{usage: usage in allowed for usage in _KEY_USAGES})
