"""Whom we trust: the system's own authorities, and those that the environment names.

OpenSSL reads ``SSL_CERT_FILE`` and ``SSL_CERT_DIR`` itself, in place of the system's; ``REQUESTS_CA_BUNDLE`` and
``CURL_CA_BUNDLE``, which other tools of the same machine read, are added here. OpenSSL says nothing of a place that
holds no certificate, and then trusts nobody: so what each holds is counted, and where those that are to stand for the
system's hold none, that is told before TLS is spoken.
"""

import os
import re
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from runner.errors import UsageError
from runner.model.text import counted

_OF_OPENSSL = ("SSL_CERT_FILE", "SSL_CERT_DIR")
_OF_OTHERS = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")
VARIABLES = (*_OF_OPENSSL, *_OF_OTHERS)
_HASHED = re.compile(r"[0-9a-f]{8}\.[0-9]+")
_USUAL_PLACES = (
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
)
"""Where systems keep their authorities, for a Python that was built to look elsewhere."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A place of certificates: the variable that names it, and how many it holds; why none, where nothing was read."""

    variable: str
    path: str
    count: int
    fault: str = ""

    @property
    def is_needed(self) -> bool:
        """Whether it stands in place of the system's own authorities, and is not added to them."""
        return self.variable in _OF_OPENSSL

    def __str__(self) -> str:
        return f"{self.variable} names {self.path}{f', which {self.fault}' if self.fault else f': {self.holds}'}"

    @property
    def holds(self) -> str:
        """Say how many there are."""
        return counted(self.count, "certificate") if self.count else "no certificate"


def named_places(environment: Mapping[str, str]) -> tuple[Place, ...]:
    """Return the places that variables name, loaded; raises UsageError where one of OpenSSL's is not there."""
    places = _places(environment)
    for place in places:
        if place.is_needed and place.fault:
            raise _unusable(place, place.fault)
    return places


def refuse_nobody(environment: Mapping[str, str]) -> None:
    """Raise UsageError where TLS cannot work: the places that are to be trusted hold no certificate."""
    needed = [place for place in named_places(environment) if place.is_needed]
    if needed and not any(place.count for place in needed):
        names = " under a name that OpenSSL looks for (`openssl rehash` gives them)"
        is_folder = needed[0].variable == "SSL_CERT_DIR"
        raise _unusable(needed[0], f"holds no certificate{names if is_folder else ''}")


def verifying_context(environment: Mapping[str, str]) -> ssl.SSLContext:
    """Return what verifies servers; raises UsageError where a variable of OpenSSL's names what is not there."""
    places = named_places(environment)
    context = ssl.create_default_context()
    for place in places:
        if place.count and not place.is_needed:
            is_folder = Path(place.path).is_dir()
            context.load_verify_locations(**{"capath" if is_folder else "cafile": place.path})
    if not any(place.is_needed for place in places) and (found := _elsewhere()):
        context.load_verify_locations(found)
    return context


def trusted_in_words(environment: Mapping[str, str]) -> str:
    """Say who is trusted, and how many certificates that are; raises UsageError as ``verifying_context`` does."""
    places = named_places(environment)
    words = list(map(str, places))
    if not any(place.is_needed for place in places):
        words.insert(0, f"the system's own authorities are trusted ({_system()})")
    return "; ".join(words)


def named_in_words(environment: Mapping[str, str]) -> str:
    """Say which variables name certificates, as ``SSL_CERT_FILE (/x.pem: 1 certificate)``; nothing where none does."""
    return ", ".join(
        f"{place.variable} ({place.path}: {place.fault or place.holds})"
        for place in _places(environment)
    )


def _places(environment: Mapping[str, str]) -> tuple[Place, ...]:
    named = ((name, environment.get(name, "")) for name in VARIABLES)
    return tuple(_loaded(name, place) for name, place in named if place)


def _unusable(place: Place, why: str) -> UsageError:
    return UsageError(
        f"{place.variable} in the environment names {place.path}, which {why}.",
        remedy="Set it to your certificates, or unset it.",
    )


def _loaded(variable: str, path: str) -> Place:
    parts = path.split(os.pathsep) if variable == "SSL_CERT_DIR" else [path]
    there = [part for part in parts if part and Path(part).exists()]
    if not there:
        return Place(variable=variable, path=path, count=0, fault="does not exist")
    try:
        return Place(variable=variable, path=path, count=sum(map(_count, there)))
    except OSError as error:
        fault = f"cannot be read ({error.strerror or error})"
        return Place(variable=variable, path=path, count=0, fault=fault)


def _count(path: str) -> int:
    """Return how many certificates a place holds; raises OSError where it cannot be read."""
    if Path(path).is_dir():
        return sum(bool(_HASHED.fullmatch(one.name)) for one in Path(path).iterdir())
    status = Path(path).stat()
    return _count_in_file(path, status.st_mtime_ns, status.st_size)


@lru_cache(maxsize=16)
def _count_in_file(path: str, *_: int) -> int:
    """Do so for a file, once as long as it is as it was: loading a system's authorities takes a while."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    try:
        context.load_verify_locations(path)
    except ssl.SSLError:
        return 0
    return context.cert_store_stats()["x509"]


def _elsewhere() -> str | None:
    """Return a usual place of authorities where Python itself knows of none."""
    known = ssl.get_default_verify_paths()
    if known.cafile or known.capath:
        return None
    return next((place for place in _USUAL_PLACES if Path(place).is_file()), None)


def _system() -> str:
    known = ssl.get_default_verify_paths()
    places = filter(None, (known.cafile, known.capath, _elsewhere()))
    try:  # usually the folder holds the same as the file
        return counted(max(map(_count, places), default=0), "certificate")
    except OSError as error:
        return f"they cannot be read: {error.strerror or error}"
