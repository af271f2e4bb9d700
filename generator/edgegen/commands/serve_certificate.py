"""The certificate of `edgegen serve`: made once, kept in edgegen's folder, renewed when it no longer fits.

No authority signs for an address of a local network: edgegen signs the certificate itself, and browsers warn.
"""

import datetime
import ipaddress
import os
import ssl
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from edgegen.base.errors import RenderError, reason
from edgegen.base.files import exclusive_lock, home

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey

NAME: Final = "edgegen serve"
_DAYS: Final = 365  # Safari rejects certificates that are valid for more than 825
_LOCALHOST: Final = "127.0.0.1"
_MOST_OLD: Final = 20  # addresses of other networks, such as at home and at school
_LEFT: Final = datetime.timedelta(days=2)  # a workshop's length


def tls_context(addresses: Sequence[str]) -> ssl.SSLContext:
    """Return the settings of a TLS server at these IP addresses, and at localhost."""
    path = home() / "serve" / "certificate.pem"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with exclusive_lock(path.parent):
            known = _read(path)
            if known is None or not known.fits(addresses):
                _write(path, _make(addresses, known))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(path)
    except OSError as error:
        raise RenderError(
            f"the certificate {path} cannot be written or read: {reason(error)}",
            "set EDGEGEN_HOME to a folder that can be written, or serve without a certificate: --http",
        ) from error
    return context


@dataclass(frozen=True)
class _Known:
    """The certificate of the last time."""

    key: "EllipticCurvePrivateKey"
    addresses: tuple[str, ...]
    end: datetime.datetime

    def fits(self, addresses: Sequence[str]) -> bool:
        """Return whether it names these addresses, and is valid for two more days."""
        return set(self.addresses) >= set(addresses) and self.end - _now() > _LEFT


def _read(path: Path) -> _Known | None:
    """Return the certificate of a file; None if there is none, or a damaged one."""
    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:
        content = path.read_bytes()
        certificate = x509.load_pem_x509_certificate(content)
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        key = load_pem_private_key(content, None)
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(path)  # the key belongs to it
    except (OSError, ValueError, TypeError, x509.ExtensionNotFound):
        return None
    if not isinstance(key, EllipticCurvePrivateKey):
        return None
    addresses = tuple(str(each) for each in names.get_values_for_type(x509.IPAddress))
    return _Known(key, addresses, certificate.not_valid_after_utc)


def _make(addresses: Sequence[str], known: _Known | None) -> bytes:
    """Return a private key and its certificate, in PEM. Keep the key and the addresses of the last one."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

    key = known.key if known is not None else ec.generate_private_key(ec.SECP256R1())
    given = [_LOCALHOST, *addresses]
    old = [each for each in known.addresses if each not in given] if known is not None else []
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, NAME)])
    local: list[x509.GeneralName] = [x509.DNSName("localhost")]
    numbers = [x509.IPAddress(ipaddress.ip_address(each)) for each in (*given, *old[:_MOST_OLD])]
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(_now() - datetime.timedelta(days=1))  # a phone's clock may be slow
        .not_valid_after(_now() + datetime.timedelta(days=_DAYS))
        .add_extension(x509.SubjectAlternativeName([*local, *numbers]), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return private + certificate.public_bytes(serialization.Encoding.PEM)


def _write(path: Path, content: bytes) -> None:
    """Write a file that only the user can read, from its creation."""
    descriptor, name = tempfile.mkstemp(dir=path.parent)  # its mode is 0600
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
        Path(name).replace(path)
    finally:
        Path(name).unlink(missing_ok=True)


def _now() -> datetime.datetime:
    return datetime.datetime.now(datetime.timezone.utc)
