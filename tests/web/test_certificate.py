"""The certificate of `edgegen serve`: who can read it, what it names, when it is made again."""

import datetime
import ssl
import stat
from pathlib import Path
from typing import Any

import pytest

from edgegen.commands import serve_certificate


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Give the certificate a folder of its own, in the current one."""
    monkeypatch.setenv("EDGEGEN_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def made(home: None) -> None:
    """Make the certificate of one address."""
    serve_certificate.tls_context(["192.0.2.7"])


def certificate() -> dict[str, Any]:
    """Return the facts of the certificate in edgegen's folder."""
    return ssl._ssl._test_decode_cert(str(certificate_file()))  # type: ignore[attr-defined, no-any-return]


def certificate_file() -> Path:
    return Path("home", "serve", "certificate.pem")


@pytest.mark.usefixtures("made")
def test_certificate_is_private_and_names_the_addresses() -> None:
    facts = certificate()
    assert facts["subjectAltName"] == (
        ("DNS", "localhost"),
        ("IP Address", "127.0.0.1"),
        ("IP Address", "192.0.2.7"),
    )
    assert stat.S_IMODE(certificate_file().stat().st_mode) == 0o600


@pytest.mark.usefixtures("made")
def test_certificate_signs_for_no_other_and_is_valid_for_a_slow_clock() -> None:
    from cryptography import x509

    known = x509.load_pem_x509_certificate(certificate_file().read_bytes())
    constraints = known.extensions.get_extension_for_class(x509.BasicConstraints)
    assert (constraints.value.ca, constraints.critical) == (False, True)
    assert known.not_valid_before_utc < serve_certificate._now() - datetime.timedelta(hours=12)


@pytest.mark.usefixtures("made")
def test_certificate_is_kept_until_an_address_is_new() -> None:
    """A phone that accepted it at home and at school does so once."""
    before = certificate_file().read_bytes()
    serve_certificate.tls_context(["192.0.2.7"])
    assert certificate_file().read_bytes() == before
    serve_certificate.tls_context(["192.0.2.8"])
    of_both = certificate_file().read_bytes()
    assert [each for _, each in certificate()["subjectAltName"][2:]] == ["192.0.2.8", "192.0.2.7"]
    end = b"-----END PRIVATE KEY-----"
    assert before.partition(end)[0] == of_both.partition(end)[0]
    serve_certificate.tls_context(["192.0.2.7"])
    assert certificate_file().read_bytes() == of_both
    assert stat.S_IMODE(certificate_file().stat().st_mode) == 0o600
    assert [*certificate_file().parent.iterdir()] == [certificate_file()]


def test_certificate_keeps_twenty_old_addresses() -> None:
    for number in range(30):
        serve_certificate.tls_context([f"192.0.2.{number}"])
    addresses = [each for _, each in certificate()["subjectAltName"]]
    assert addresses == ["localhost", "127.0.0.1", *(f"192.0.2.{29 - each}" for each in range(21))]


def test_key_is_private_from_its_creation(monkeypatch: pytest.MonkeyPatch) -> None:
    modes = list[int]()
    original = Path.replace

    def replace(path: Path, target: Path) -> Path:
        modes.append(stat.S_IMODE(path.stat().st_mode))
        return original(path, target)

    monkeypatch.setattr(Path, "replace", replace)
    serve_certificate.tls_context([])
    assert modes == [0o600]


@pytest.mark.usefixtures("made")
def test_certificate_is_renewed_before_it_expires(monkeypatch: pytest.MonkeyPatch) -> None:
    before = certificate_file().read_bytes()
    now = serve_certificate._now()
    for days, is_renewed in ((300, False), (364, True)):
        later = now + datetime.timedelta(days=days)
        monkeypatch.setattr(serve_certificate, "_now", lambda later=later: later)
        serve_certificate.tls_context(["192.0.2.7"])
        assert (certificate_file().read_bytes() != before) == is_renewed


@pytest.mark.parametrize("content", [b"", b"no certificate", b"-----BEGIN CERTIFICATE-----\nAA\n"])
def test_damaged_certificate_is_replaced(content: bytes) -> None:
    certificate_file().parent.mkdir(parents=True)
    certificate_file().write_bytes(content)
    serve_certificate.tls_context([])
    assert certificate()["subjectAltName"]


@pytest.mark.usefixtures("made")
def test_key_of_another_certificate_is_replaced() -> None:
    end = b"-----END PRIVATE KEY-----\n"
    own = certificate_file().read_bytes().partition(end)[2]
    certificate_file().unlink()
    serve_certificate.tls_context([])
    other = b"".join(certificate_file().read_bytes().partition(end)[:2])
    certificate_file().write_bytes(other + own)
    serve_certificate.tls_context(["192.0.2.7"])
    assert certificate_file().read_bytes().partition(end)[2] != own
