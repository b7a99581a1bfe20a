"""One HTTP call, done properly: what came back, or whether anything can have been sent at all."""

from runner.transport.addresses import (
    checked_base,
    checked_header,
    is_tls,
    proxy_for,
    quoted,
    without_credentials,
)
from runner.transport.certificates import named_places, refuse_nobody, trusted_in_words
from runner.transport.http import Http, open_http
from runner.transport.reply import Call, Failure, FailureKind, Lasting, Reply
from runner.transport.wire import OpenWire, Wire

__all__ = [
    "Call",
    "Failure",
    "FailureKind",
    "Http",
    "Lasting",
    "OpenWire",
    "Reply",
    "Wire",
    "checked_base",
    "checked_header",
    "is_tls",
    "named_places",
    "open_http",
    "proxy_for",
    "quoted",
    "refuse_nobody",
    "trusted_in_words",
    "without_credentials",
]
