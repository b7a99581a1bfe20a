"""One HTTP call, done properly: what came back, or whether anything can have been sent at all."""

from runner.transport.addresses import (
    checked_base,
    checked_header,
    proxy_for,
    quoted,
    without_credentials,
)
from runner.transport.http import Http, certificate_places, open_http
from runner.transport.reply import Call, Failure, FailureKind, Reply
from runner.transport.wire import OpenWire, Wire

__all__ = [
    "Call",
    "Failure",
    "FailureKind",
    "Http",
    "OpenWire",
    "Reply",
    "Wire",
    "certificate_places",
    "checked_base",
    "checked_header",
    "open_http",
    "proxy_for",
    "quoted",
    "without_credentials",
]
