"""Addresses and headers that others' words cannot bend: checked bases, quoted parts, proxies.

Pure: the environment comes in as a mapping.
"""

import ipaddress
from collections.abc import Mapping
from urllib.parse import SplitResult, quote, urlsplit
from urllib.request import proxy_bypass_environment  # type: ignore[attr-defined]  # typeshed leaves it out

from runner.errors import UsageError

_DEFAULT_PORTS = {"http": 80, "https": 443}


def checked_base(url: str, *, what: str) -> str:
    """Return a base address without its last slash.

    Args:
        url: the address; where it cannot be used it is not repeated in full, since it may hold a password.
        what: where it was given, for the message.

    Raises:
        UsageError: it is no address, holds more than host and path, or is plain http beyond loopback.
    """
    parts = _split(url)
    if parts is None or not url.isascii() or not url.isprintable() or " " in url or "\\" in url:
        raise UsageError(
            f"{what} is not an address.", remedy="Write one like https://platform.adobe.io."
        )
    if "@" in parts.netloc or "?" in url or "#" in url:
        raise UsageError(
            f"{what} holds more than a host and a path.",
            remedy="Leave name, password, ? and # out of it.",
        )
    if parts.scheme == "http" and not is_loopback(parts.hostname or ""):
        raise UsageError(
            f"{what} is plain http ({url}), over which credentials would be seen by others.",
            remedy="Write https. Plain http is for this machine alone.",
        )
    return url.rstrip("/")


def _split(url: str) -> SplitResult | None:
    """Return the parts of an address over http or https; None where it is none."""
    try:
        parts = urlsplit(url)
        usable = parts.scheme in _DEFAULT_PORTS and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return None
    return parts if usable else None


def is_loopback(host: str) -> bool:
    """Whether a host is this machine itself."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def is_tls(url: str) -> bool:
    """Whether an address is reached over TLS."""
    return url.lower().startswith("https:")


def origin_of(url: str) -> str:
    """Return scheme, host and port of an address."""
    end = url.find("/", 8)  # after https://
    return url if end < 0 else url[:end]


def quoted(part: str) -> str:
    """Return a part of a path or query in which nothing of it can be read as structure, dots included."""
    if part.isascii() and part.replace("-", "").isalnum():  # nearly every id, and much faster
        return part
    if part and not part.strip("."):
        return part.replace(".", "%2E")
    return quote(part, safe="", errors="replace")


def checked_header(value: str, *, what: str) -> str:
    """Return a header's value; raises UsageError where it is empty or could start another header."""
    if not value or not value.isascii() or not value.isprintable() or value != value.strip():
        raise UsageError(
            f"{what} is empty, or holds characters that cannot stand in a request's header.",
            remedy="Write it again, without blanks or line ends around it.",
        )
    return value


def proxy_for(url: str, environment: Mapping[str, str]) -> str | None:
    """Return the proxy that the environment names for an address (``HTTPS_PROXY``, ``NO_PROXY``), or None.

    Read here rather than by the HTTP library, which would also take credentials out of ``~/.netrc``. This machine
    itself is never reached through a proxy. Raises UsageError for a proxy that cannot be used.
    """
    parts = urlsplit(url)
    proxies = _proxies(environment)
    host = parts.hostname or ""
    place = f"{host}:{parts.port or _DEFAULT_PORTS.get(parts.scheme, 0)}"
    if is_loopback(host) or proxy_bypass_environment(place, proxies):
        return None
    scheme = parts.scheme if parts.scheme in proxies else "all"
    address = proxies.get(scheme)
    return address and _checked_proxy(address, variable=f"{scheme.upper()}_PROXY")


def without_credentials(proxy: str) -> str:
    """Return a proxy's address without the name and password that it may hold."""
    parts = urlsplit(proxy)
    host = parts.hostname or ""
    port = f":{parts.port}" if parts.port else ""
    return f"{parts.scheme}://{f'[{host}]' if ':' in host else host}{port}"


def _proxies(environment: Mapping[str, str]) -> dict[str, str]:
    """The environment's proxies by scheme; the lower-case spelling wins, also where it is empty, as in Python's own."""
    found: dict[str, str] = {}
    for name in sorted(environment, key=str.islower):
        scheme, underscore, rest = name.lower().rpartition("_proxy")
        if not (scheme and underscore) or rest:
            continue
        if environment[name]:
            found[scheme] = environment[name]
        elif name.islower():
            found.pop(scheme, None)
    return found


def _checked_proxy(address: str, *, variable: str) -> str:
    """Return the address of a proxy that can be spoken to; it is not shown, since it may hold a password."""
    whole = address if "://" in address else f"http://{address}"
    if _split(whole):
        return whole
    raise UsageError(
        f"{variable} in the environment does not name an http or https proxy.",
        remedy="Write it like http://proxy.example.com:3128, or unset it.",
    )
