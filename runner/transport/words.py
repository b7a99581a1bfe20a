"""Say in words why a call got no reply. They hold hosts and causes, never headers, forms or a proxy's password."""

import aiohttp

_LONGEST = 300


def reason(error: BaseException, *, host: str, timeout: aiohttp.ClientTimeout) -> str:
    """Return one sentence without a full stop about what aiohttp raised on the way to ``host``."""
    match error:
        case aiohttp.ConnectionTimeoutError():
            words = f"no connection to {host} within {timeout.connect:g} s"
        case TimeoutError():
            words = f"no answer from {host} within {timeout.total:g} s"
        case aiohttp.ClientHttpProxyError():
            words = f"the proxy does not connect to {host} (HTTP {error.status})"
        case aiohttp.ClientConnectorError():
            words = _not_connected(error, host=host)
        case aiohttp.ServerDisconnectedError():
            words = f"{host} closed the connection before an answer came"
        case aiohttp.ClientResponseError():
            words = f"{host} answered with something that is not HTTP"
        case OSError():
            words = f"the connection to {host} broke ({_cause(error)})"
        case _:
            words = f"the call to {host} failed ({type(error).__name__})"
    return words[:_LONGEST]


def _not_connected(error: aiohttp.ClientConnectorError, *, host: str) -> str:
    match error:
        case aiohttp.ClientConnectorCertificateError():
            fault = error.certificate_error
            said = getattr(fault, "verify_message", "") or type(fault).__name__
            return (
                f"the certificate of {error.host} is not trusted ({said}); "
                "SSL_CERT_FILE can name a file with your organisation's own authorities"
            )
        case aiohttp.ClientConnectorSSLError():
            return f"TLS with {error.host} failed ({_cause(error.os_error)})"
        case aiohttp.ClientProxyConnectionError():
            return (
                f"the proxy {error.host}:{error.port} cannot be reached ({_cause(error.os_error)})"
            )
        case aiohttp.ClientConnectorDNSError():
            return f"the name {error.host} cannot be resolved ({_cause(error.os_error)})"
        case _:
            return f"no connection to {host} ({_cause(error.os_error)})"


def _cause(error: OSError) -> str:
    said = getattr(error, "reason", None)  # what ssl calls it
    return str(said or error.strerror or type(error).__name__)
