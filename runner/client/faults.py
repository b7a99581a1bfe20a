"""Read a refusal's body, whichever of the platform's shapes it has: a code and words. Pure.

Shapes (Flow Service guides, Platform troubleshooting guide, Adobe's open-source API gateway):

    Flow Service   {"type": ".../FLOW-1439-404", "title", "status", "report": {"detailed-message", ...}}
    legacy         {"errorMessage", "errorDetails"}
    gateway        {"error_code": "401013", "message"}
    OAuth          {"error": "invalid_client", "error_description"}
    generic        {"type", "title", "status", "detail"}
"""

import re
from dataclasses import dataclass, replace
from itertools import islice

from runner.client.json_values import (
    JsonObject,
    as_object,
    identifier,
    inner,
    parsed,
    text,
    texts_in,
)
from runner.model.expired import tells_of_expired_credentials
from runner.transport import Reply

_LONGEST = 2000
_MOST_TEXTS = 100
_NO_WORDS = "no words"
_ERRORS_FROM = 400
_TYPE_PREFIX = re.compile(r"^https?://ns\.adobe\.com/aep/errors/")
_TAGS = re.compile(r"<[^<>]{0,200}>")
# Not a piece of a UUID, whose groups may look the same but are longer.
_NUMBER = re.compile(r"(?<![0-9A-Za-z])([0-9]{4})-[45][0-9]{2}(?![0-9A-Za-z])")


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """What a body says is wrong. ``gateway_code`` is empty when it was not the gateway that spoke."""

    code: str
    message: str
    gateway_code: str
    details: str = ""
    """What the body says besides, where numbers may stand as well."""
    is_readable: bool = True
    """Whether the body is a JSON object."""

    @property
    def numbers(self) -> frozenset[str]:
        """The catalogue numbers in code and words: a provider's error arrives inside Flow Service's wrapper."""
        return frozenset(_NUMBER.findall(f"{self.code} {self.message} {self.details}"))

    @property
    def words(self) -> str:
        """Code and message for a person."""
        return (
            f"{self.code}: {self.message}"
            if self.code and self.message
            else self.code or self.message
        )


def fault_of(reply: Reply) -> Fault:
    """Return what the body says; of a body that is no JSON its beginning, without tags."""
    body = as_object(parsed(reply.body))
    fault = fault_in(body)
    if fault.message or body:
        return fault if fault.message else replace(fault, message=_NO_WORDS)
    message = _TAGS.sub(" ", reply.body[:_LONGEST].decode("utf-8", errors="replace")).strip()
    return replace(fault, message=" ".join(message.split())[:300] or _NO_WORDS)


def fault_in(body: JsonObject) -> Fault:
    """Return what a JSON object says is wrong; without a message where it has no words."""
    gateway_code = identifier(body, "error_code")
    type_code = _TYPE_PREFIX.sub("", text(body, "type"))
    if type_code.startswith("/placeholder"):
        type_code = ""
    message = (
        text(inner(body, "report"), "detailed-message")
        or text(body, "detail")
        or text(body, "errorMessage")
        or text(body, "errorDetails")
        or text(body, "message")
        or text(body, "error_description")
        or text(body, "title")
        or text(inner(body, "error"), "message")
    )
    return Fault(
        code=(gateway_code or type_code)[:_LONGEST],
        message=message[:_LONGEST],
        gateway_code=gateway_code,
        details=text(body, "errorDetails")[:_LONGEST],
        is_readable=bool(body),
    )


def tells_of_expired_secret(body: object) -> bool:
    """Whether a body says anywhere that a secret has expired: shapes differ, and one may stand inside another."""
    return any(map(tells_of_expired_credentials, islice(texts_in(body), _MOST_TEXTS)))


def tells_of_a_fault(body: object) -> bool:
    """Whether a body itself says that something is wrong, whatever the status: it can stand under a 200."""
    whole = as_object(body)
    status = whole.get("status")
    return (
        any(whole.get(name) for name in ("error_code", "errorMessage", "errorDetails"))
        or bool(_TYPE_PREFIX.match(text(whole, "type")))
        or (isinstance(status, int) and status >= _ERRORS_FROM)
    )
