"""The bodies of answers: entities, and the four shapes of errors that the platform's parts use.

Shapes and texts follow Adobe's documents (docs: Flow Service error messages, sources error messages, API
troubleshooting, throttling). Which error it is, is decided elsewhere.
"""

import json
from collections.abc import Iterable, Mapping
from email.utils import formatdate

from runner.simulator.calls import Reply

_TYPE = "https://ns.adobe.com/aep/errors"
_ABSURD_SECONDS = 10**12


class Refused(Exception):
    """The platform answers a call with an error; ``reply`` is that answer."""

    def __init__(self, reply: Reply) -> None:
        super().__init__(reply.body.decode())
        self.reply = reply


def json_reply(body: Mapping[str, object] | list[object], *, status: int = 200) -> Reply:
    """Return a JSON answer."""
    return Reply(status=status, body=json.dumps(body, separators=(",", ":")).encode())


def listing_reply(items: Iterable[str], *, rest: Mapping[str, object]) -> Reply:
    """Return a JSON answer whose ``items`` are texts already, in place of the empty ones of ``rest``."""
    empty = json.dumps(rest, separators=(",", ":"))
    body = empty.replace('"items":[]', f'"items":[{",".join(items)}]', 1)
    return Reply(status=200, body=body.encode())


def flow_error(code: str, title: str, message: str, *, prefix: str = "FLOW") -> Reply:
    """Return Flow Service's error shape; ``code`` is like ``1451-400``, its second part the HTTP status."""
    status = int(code.rpartition("-")[2])
    body = {
        "type": f"{_TYPE}/{prefix}-{code}",
        "title": title,
        "status": status,
        "report": {"detailed-message": message, "request-id": "simulated"},
        "errorMessage": message,
        "errorDetails": message,
    }
    return json_reply(body, status=status)


def invalid(code: str, message: str) -> Refused:
    """Return the refusal of an invalid request, ready to be raised."""
    return Refused(flow_error(code, "Invalid request", message))


def refused(code: str, title: str, message: str) -> Refused:
    """Return a refusal in Flow Service's error shape, ready to be raised."""
    return Refused(flow_error(code, title, message))


def not_found(collection: str, name: str, *, style: str) -> Refused:
    """Return the refusal of an unknown or hidden resource.

    The catalogue says 1439-400, the samples FLOW-1439-404, older ones neither (docs: access labels): ``style`` is
    ``404``, ``400`` or ``legacy``.
    """
    if style == "legacy":
        return Refused(legacy_error(404, f"{collection} not found with id = [{name}]"))
    message = f"The requested {collection} resource {name} is not found. Verify the resource ID before trying again."
    return refused(f"1439-{style}", "Resource not found", message)


def legacy_error(status: int, message: str) -> Reply:
    """Return the older error shape of Flow Service."""
    return json_reply({"errorMessage": message, "errorDetails": message}, status=status)


def gateway_error(status: int, code: str, message: str) -> Reply:
    """Return the API gateway's error shape; ``error_code`` is a text of digits."""
    return json_reply({"error_code": code, "message": message}, status=status)


def generic_error(status: int, title: str, detail: str) -> Reply:
    """Return the error shape that the platform's other services share."""
    body = {"type": "/placeholder/type/uri", "status": status, "title": title, "detail": detail}
    return json_reply(body, status=status)


def oauth_error(status: int, error: str, description: str) -> Reply:
    """Return the token endpoint's error shape (RFC 6749, 5.2)."""
    return json_reply({"error": error, "error_description": description}, status=status)


def html_reply(status: int, title: str) -> Reply:
    """Return the kind of page that a proxy in between sends."""
    page = f"<html>\r\n<head><title>{status} {title}</title></head>\r\n<body><h1>{title}</h1></body>\r\n</html>\r\n"
    return Reply(status=status, body=page.encode(), content_type="text/html")


def retry_after(form: str, *, seconds: float, now_ms: int) -> tuple[tuple[str, str], ...]:
    """Return the ``Retry-After`` header in one of its forms, sane or not; no header for ``none``."""
    values = {
        "seconds": f"{seconds:g}",
        "http_date": formatdate(now_ms / 1000 + seconds, usegmt=True),
        "absurd": str(_ABSURD_SECONDS),
        "negative": "-5",
        "garbage": "soon",
    }
    return (("Retry-After", values[form]),) if form in values else ()
