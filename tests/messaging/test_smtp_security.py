"""A mail server is spoken to encrypted and signed in, and one that cannot prove who it is gets nothing."""

from __future__ import annotations

import ipaddress
import ssl
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from huikuan.bench.mail_server import Moody, free_port
from huikuan.messaging.channels.email import EmailCarrier
from huikuan.messaging.rules import Finding, MessageChannel
from tests.messaging.test_channels import MESSAGE, account


def _certificate(folder: Path) -> Path:
    """A certificate for 127.0.0.1 that nobody signed but itself, with its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "mail")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = folder / "mail.pem"
    path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + made.public_bytes(serialization.Encoding.PEM)
    )
    return path


def _signs_in(_server: Any, _session: Any, _envelope: Any, _mechanism: str, given: Any) -> AuthResult:
    known = isinstance(given, LoginPassword) and (given.login, given.password) == (b"ar", b"right")
    return AuthResult(success=known)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[tuple[int, Moody, Path]]:
    certificate = _certificate(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    moody = Moody(seed=1, silence=0.1)
    moody.steady = True
    controller = Controller(
        moody,
        hostname="127.0.0.1",
        port=free_port(),
        tls_context=context,
        require_starttls=True,
        auth_required=True,
        authenticator=_signs_in,
    )
    controller.start()
    yield controller.port, moody, certificate
    controller.stop()


@pytest.mark.parametrize(
    ("password", "trusted", "security", "finding"),
    [
        ("right", True, "starttls", Finding.SENT),
        ("wrong", True, "starttls", Finding.RETRY),
        ("right", False, "starttls", Finding.RETRY),
        ("right", True, "tls", Finding.RETRY),  # the server does not speak TLS from the first byte on
    ],
)
def test_only_a_proven_server_is_given_the_password(
    server: tuple[int, Moody, Path],
    monkeypatch: pytest.MonkeyPatch,
    password: str,
    trusted: bool,
    security: str,
    finding: Finding,
) -> None:
    port, moody, certificate = server
    if trusted:
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    settings = {"host": "127.0.0.1", "port": port, "security": security, "user": "ar", "timeout": 3}
    carrier = EmailCarrier(account(MessageChannel.EMAIL, settings=settings, secrets={"password": password}))
    answer = carrier.send(MESSAGE)
    carrier.close()
    assert (answer.finding, answer.stop) == (finding, finding is Finding.RETRY), answer
    assert sum(moody.taken.values()) == (1 if finding is Finding.SENT else 0)
