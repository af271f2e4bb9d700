"""The certificate of `edgegen serve`: made once, kept in edgegen's folder, renewed when it no longer fits.

No authority signs for an address of a local network: edgegen signs the certificate itself, and browsers warn.
"""

import datetime
import ipaddress
import os
import ssl
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from edgegen.base.errors import RenderError, reason
from edgegen.base.files import exclusive_lock, home, write_whole

NAME: Final = "edgegen serve"
_DAYS: Final = 365  # Safari rejects certificates that are valid for more than 825
_LEFT: Final = datetime.timedelta(days=2)  # a workshop's length


def tls_context(addresses: Sequence[str]) -> ssl.SSLContext:
    """Return the settings of a TLS server at these IP addresses, and at localhost.

    Raises:
        RenderError: The certificate cannot be written.
    """
    path = home() / "serve" / "certificate.pem"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with exclusive_lock(path.parent):
            if not _fits(path, addresses):
                _write(path, _make(addresses))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(path)
    except OSError as error:
        raise RenderError(
            f"the certificate {path} cannot be written or read: {reason(error)}",
            "set EDGEGEN_HOME to a folder that can be written, or serve without a certificate: --http",
        ) from error
    return context


def _fits(path: Path, addresses: Sequence[str]) -> bool:
    """Return whether a certificate is there, is valid for two more days, and names these addresses."""
    from cryptography import x509

    try:
        certificate = x509.load_pem_x509_certificate(path.read_bytes())
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        known = {str(each) for each in names.get_values_for_type(x509.IPAddress)}
        left = certificate.not_valid_after_utc - _now()
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(path)  # the key belongs to it
    except (OSError, ValueError, x509.ExtensionNotFound):  # none yet, or a damaged one
        return False
    return known >= set(addresses) and left > _LEFT


def _make(addresses: Sequence[str]) -> bytes:
    """Return a new private key and its certificate, in PEM."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, NAME)])
    local: list[x509.GeneralName] = [x509.DNSName("localhost")]
    numbers = [x509.IPAddress(ipaddress.ip_address(each)) for each in ("127.0.0.1", *addresses)]
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
    """Write a file that only the user can read."""
    before = os.umask(0o077)
    try:
        write_whole(path, content)
    finally:
        os.umask(before)


def _now() -> datetime.datetime:
    return datetime.datetime.now(datetime.timezone.utc)
