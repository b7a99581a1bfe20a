"""Say in words why a call got no reply. They hold hosts and causes, never headers, forms or a proxy's password."""

import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import aiohttp

from runner.transport.addresses import without_credentials
from runner.transport.certificates import named_in_words
from runner.transport.reply import Lasting

_LONGEST = 400
LOGIN_WANTED = 407
"""Only a proxy answers so (RFC 9110, 15.5.8)."""
_WRONG_NAME, _EXPIRED, _TOO_NEW = (62, 64), 10, 9
"""OpenSSL's codes of why a certificate is not taken (x509_vfy.h)."""
_TOO_LONG = ("Got more than", "Too many headers")


@dataclass(frozen=True, slots=True)
class Way:
    """Where a call was to go: to which host, through which proxy, and in which environment."""

    host: str
    proxy: str | None
    environment: Mapping[str, str] = field(repr=False)


def lasting(error: BaseException) -> Lasting | None:
    """Return why no other try helps after what aiohttp raised; None: one may."""
    match error:
        case aiohttp.ClientConnectorCertificateError():
            return Lasting.CERTIFICATE
        case aiohttp.ClientHttpProxyError(status=407):
            return Lasting.PROXY_LOGIN
        case _:
            return None


def reason(error: BaseException, *, way: Way, timeout: aiohttp.ClientTimeout) -> str:
    """Return one sentence without a full stop about what aiohttp raised on the way to a host."""
    host = way.host
    match error:
        case aiohttp.ConnectionTimeoutError():
            words = f"no connection to {host} within {timeout.connect:g} s"
        case TimeoutError():
            words = f"no answer from {host} within {timeout.total:g} s"
        case aiohttp.ClientHttpProxyError():
            words = _proxy_refuses(error, way=way)
        case aiohttp.ClientConnectorError():
            words = _not_connected(error, way=way)
        case aiohttp.ServerDisconnectedError():
            words = f"{host} closed the connection before an answer came"
        case aiohttp.ClientResponseError() if error.message.startswith(_TOO_LONG):
            words = f"{host} answered with headers that are too long or too many to be read"
        case aiohttp.ClientResponseError():
            words = f"{host} answered with something that is not HTTP"
        case OSError():
            words = f"the connection to {host} broke ({_cause(error)})"
        case _:
            words = f"the call to {host} failed ({type(error).__name__})"
    return words[:_LONGEST]


def _proxy_refuses(error: aiohttp.ClientHttpProxyError, *, way: Way) -> str:
    proxy = way.proxy or ""
    words = f"the proxy {without_credentials(proxy)} does not connect to {way.host} (HTTP {error.status})"
    if error.status != LOGIN_WANTED:
        return words
    given = (
        "it refuses the user and password"
        if urlsplit(proxy).username
        else "it wants a user and password"
    )
    return f"{words}: {given} in the proxy's address (HTTPS_PROXY=http://USER:PASSWORD@HOST:PORT)"


def _not_connected(error: aiohttp.ClientConnectorError, *, way: Way) -> str:
    match error:
        case aiohttp.ClientConnectorCertificateError():
            return _not_trusted(error.host, error.certificate_error, way=way)
        case aiohttp.ClientConnectorSSLError():
            return f"TLS with {error.host} failed ({_cause(error.os_error)})"
        case aiohttp.ClientProxyConnectionError():
            return (
                f"the proxy {error.host}:{error.port} cannot be reached ({_cause(error.os_error)})"
            )
        case aiohttp.ClientConnectorDNSError():
            return f"the name {error.host} cannot be resolved ({_cause(error.os_error)})"
        case _:
            return f"no connection to {way.host} ({_cause(error.os_error)})"


def _not_trusted(host: str, fault: Exception, *, way: Way) -> str:
    said = getattr(fault, "verify_message", "") or type(fault).__name__
    code = fault.verify_code if isinstance(fault, ssl.SSLCertVerificationError) else None
    if code in _WRONG_NAME:
        remedy = "check the address, and who answers in its place"
    elif code == _EXPIRED:
        remedy = "whoever runs that server must renew it, or this machine's clock is wrong"
    elif code == _TOO_NEW:
        remedy = "this machine's clock is probably wrong"
    elif trusted := named_in_words(way.environment):
        remedy = f"add your organisation's own authorities to what is trusted here: {trusted}"
    else:
        remedy = "SSL_CERT_FILE can name a file with your organisation's own authorities"
    return f"the certificate of {host} is not trusted ({said}); {remedy}"


def _cause(error: OSError) -> str:
    said = getattr(error, "reason", None)  # what ssl calls it
    return str(said or error.strerror or type(error).__name__)
