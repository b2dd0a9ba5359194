"""An endpoint over TLS whose certificate nobody knows: refused, until its authority is named."""

import shutil
import ssl
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from model_asking import ask, client, request
from model_server import ModelServer, Reply

from model_runtime.errors import ModelRefused
from model_runtime.transport import authorities, nobody_trusted


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """For 127.0.0.1, signed by itself; the key lies beside it."""
    if not shutil.which("openssl"):
        pytest.skip("there is no openssl")
    made = tmp_path / "certificate.pem"
    kind = ["-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"]
    about = ["-subj", "/CN=test", "-addext", "subjectAltName=IP:127.0.0.1"]
    files = ["-keyout", str(tmp_path / "key.pem"), "-out", str(made)]
    subprocess.run(["openssl", "req", *kind, *about, *files], check=True, capture_output=True)
    return made


@pytest.fixture
def server(certificate: Path) -> Iterator[ModelServer]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, certificate.with_name("key.pem"))
    with ModelServer(tls=context) as running:
        yield running


@pytest.fixture(autouse=True)
def read_anew() -> Iterator[None]:
    """They are read once a process, and this process has others to talk with."""
    authorities.cache_clear()
    yield
    authorities.cache_clear()


async def test_a_certificate_that_nobody_vouches_for_is_refused_with_what_to_do(server: ModelServer) -> None:
    with pytest.raises(ModelRefused, match=r"(?s)not trusted.*SSL_CERT_FILE"):
        await ask(client(server), request())
    assert not server.asked


async def test_its_authority_can_be_named_also_for_this_machine(
    server: ModelServer, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    server.will(Reply(content="Answer."))
    answer = await ask(client(server), request())
    assert answer.message.content == "Answer."


def test_where_nothing_is_encrypted_nobody_is_asked() -> None:
    context = nobody_trusted()
    assert context.verify_mode == ssl.CERT_REQUIRED
    assert context.check_hostname
    assert not context.get_ca_certs()
