"""Certificates for servers of a test's own, by an authority of its own."""

import shutil
import ssl
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest


@dataclass(frozen=True)
class Certificates:
    """An authority, and contexts of servers it vouches for (or does not)."""

    authority: Path
    folder: Path
    hashed: Path
    """A folder with the authority, under the name that OpenSSL looks for."""

    def server(self, name: str) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.folder / f"{name}.pem", self.folder / f"{name}.key")
        return context


def _openssl(folder: Path, *arguments: str) -> str:
    done = subprocess.run(["openssl", *arguments], cwd=folder, check=True, capture_output=True)
    return done.stdout.decode().strip()


@pytest.fixture(scope="session")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    """By ``authority``: ``server`` (127.0.0.1, platform.example.com) and ``other``. ``alone`` signs itself."""
    if not shutil.which("openssl"):
        pytest.skip("the openssl command makes the certificates")
    folder = tmp_path_factory.mktemp("certificates")
    key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"]
    _openssl(folder, "req", "-x509", *key, "-subj", "/CN=authority", "-keyout", "authority.key",
             "-out", "authority.pem", "-addext", "keyUsage=critical,keyCertSign")  # fmt: skip
    _openssl(folder, "req", "-x509", *key, "-subj", "/CN=alone", "-keyout", "alone.key",
             "-out", "alone.pem", "-addext", "subjectAltName=IP:127.0.0.1")  # fmt: skip
    names = {
        "server": "IP:127.0.0.1,DNS:platform.example.com",
        "other": "DNS:elsewhere.example.com",
    }
    for name, alternatives in names.items():
        (folder / f"{name}.ext").write_text(f"subjectAltName={alternatives}\n")
        _openssl(folder, "req", "-new", *key[:-2], "-subj", f"/CN={name}", "-keyout", f"{name}.key",
                 "-out", f"{name}.csr")  # fmt: skip
        _openssl(folder, "x509", "-req", "-in", f"{name}.csr", "-CA", "authority.pem", "-CAkey", "authority.key",
                 "-CAcreateserial", "-days", "2", "-extfile", f"{name}.ext", "-out", f"{name}.pem")  # fmt: skip
    hashed = folder / "hashed"
    hashed.mkdir()
    name = _openssl(folder, "x509", "-hash", "-noout", "-in", "authority.pem")
    (hashed / f"{name}.0").write_bytes((folder / "authority.pem").read_bytes())
    return Certificates(authority=folder / "authority.pem", folder=folder, hashed=hashed)
