"""Certificates are loaded where variables name them, and counted; a place without any is refused by its name."""

import os
from pathlib import Path

import pytest

from runner.errors import UsageError
from runner.transport.certificates import (
    named_in_words,
    named_places,
    refuse_nobody,
    trusted_in_words,
    verifying_context,
)
from tests.fakes.certificates import Certificates


@pytest.fixture
def hashed(working_folder: Path, certificates: Certificates) -> Path:
    """A folder of three certificates, by names that OpenSSL looks for, beside one that it does not."""
    folder = working_folder / "hashed"
    folder.mkdir()
    for name in ("0a1b2c3d.0", "0a1b2c3d.1", "ffffffff.0", "authority.pem"):
        (folder / name).write_bytes(certificates.authority.read_bytes())
    return folder


def test_each_place_is_told_with_how_many_certificates_it_holds(
    working_folder: Path, certificates: Certificates, hashed: Path
) -> None:
    two = working_folder / "two.pem"
    two.write_bytes(
        b"".join(
            (certificates.folder / f"{name}.pem").read_bytes() for name in ("authority", "alone")
        )
    )
    environment = {
        "SSL_CERT_FILE": str(two),
        "SSL_CERT_DIR": f"{working_folder}{os.pathsep}{hashed}",
        "REQUESTS_CA_BUNDLE": str(certificates.authority),
        "CURL_CA_BUNDLE": "",
        "OTHER": "x",
    }
    assert trusted_in_words(environment) == (
        f"SSL_CERT_FILE names {two}: 2 certificates; "
        f"SSL_CERT_DIR names {working_folder}{os.pathsep}{hashed}: 3 certificates; "
        f"REQUESTS_CA_BUNDLE names {certificates.authority}: 1 certificate"
    )


def test_what_is_added_is_trusted_beside_the_systems_own(
    certificates: Certificates, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificates.folder / "alone.pem"))
    assert named_places({}) == ()
    context = verifying_context({"REQUESTS_CA_BUNDLE": str(certificates.authority)})
    assert context.cert_store_stats()["x509"] == 2
    words = trusted_in_words({"REQUESTS_CA_BUNDLE": str(certificates.authority)})
    assert words.startswith("the system's own authorities are trusted (")
    assert words.endswith(f"; REQUESTS_CA_BUNDLE names {certificates.authority}: 1 certificate")


def test_where_python_knows_of_no_authorities_those_of_usual_places_are_loaded(
    certificates: Certificates, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", "/nowhere/x.pem")
    monkeypatch.setenv("SSL_CERT_DIR", "/nowhere")
    places = ("/nowhere/y.pem", str(certificates.authority))
    monkeypatch.setattr("runner.transport.certificates._USUAL_PLACES", places)
    assert verifying_context({}).cert_store_stats()["x509"] == 1
    assert trusted_in_words({}) == "the system's own authorities are trusted (1 certificate)"


@pytest.mark.parametrize("variable", ["SSL_CERT_FILE", "SSL_CERT_DIR"])
def test_a_place_that_is_not_there_is_refused_at_once(working_folder: Path, variable: str) -> None:
    place = working_folder / "none.pem"
    with pytest.raises(UsageError) as refusal:
        verifying_context({variable: str(place)})
    assert str(refusal.value) == (
        f"{variable} in the environment names {place}, which does not exist."
    )
    assert refusal.value.remedy == "Set it to your certificates, or unset it."


BROKEN = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"


@pytest.mark.parametrize("content", ["", "hello", BROKEN])
def test_a_file_without_a_certificate_is_refused_before_tls_is_spoken(
    working_folder: Path, content: str
) -> None:
    place = working_folder / "own.pem"
    place.write_text(content)
    environment = {"SSL_CERT_FILE": str(place)}
    verifying_context(environment)
    with pytest.raises(UsageError) as refusal:
        refuse_nobody(environment)
    assert str(refusal.value) == (
        f"SSL_CERT_FILE in the environment names {place}, which holds no certificate."
    )
    assert named_in_words(environment) == f"SSL_CERT_FILE ({place}: no certificate)"


def test_a_key_is_no_certificate(certificates: Certificates) -> None:
    with pytest.raises(UsageError, match="holds no certificate"):
        refuse_nobody({"SSL_CERT_FILE": str(certificates.folder / "authority.key")})


def test_a_folder_whose_names_openssl_does_not_look_for_holds_none(
    working_folder: Path, certificates: Certificates
) -> None:
    (working_folder / "own.pem").write_bytes(certificates.authority.read_bytes())
    with pytest.raises(UsageError) as refusal:
        refuse_nobody({"SSL_CERT_DIR": str(working_folder)})
    assert "holds no certificate" in str(refusal.value)
    assert "openssl rehash" in str(refusal.value)


@pytest.mark.parametrize("content", [None, "hello"])
def test_what_would_only_be_added_stops_nobody(working_folder: Path, content: str | None) -> None:
    place = working_folder / "own.pem"
    if content is not None:
        place.write_text(content)
    environment = {"REQUESTS_CA_BUNDLE": str(place)}
    verifying_context(environment)
    refuse_nobody(environment)
    why = "does not exist" if content is None else "no certificate"
    assert named_in_words(environment) == f"REQUESTS_CA_BUNDLE ({place}: {why})"


def test_one_place_that_holds_some_is_enough(working_folder: Path, hashed: Path) -> None:
    (working_folder / "own.pem").touch()
    environment = {"SSL_CERT_FILE": str(working_folder / "own.pem"), "SSL_CERT_DIR": str(hashed)}
    refuse_nobody(environment)
    assert "no certificate; SSL_CERT_DIR names" in trusted_in_words(environment)
