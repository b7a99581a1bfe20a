"""What a schema cannot say about ``connection``: addresses that would leak or mislead, and where secrets come from."""

import ipaddress
from urllib.parse import SplitResult, urlsplit

from runner.model.secret import is_telling
from runner.spec.document import lookup
from runner.spec.secrets_found import (
    SecretFault,
    is_secret_reference,
    literal_secret,
    secret_in_file,
)
from runner.spec.view import View

_AUTH = ("connection", "auth")
_TELLING = 8
"""A shorter secret may be a part of any word, and so may one that is a word itself."""


def check_connection(view: View) -> None:
    """Note what is wrong with addresses and secrets."""
    _check_url(view, "connection", "platform_url")
    _check_url(view, *_AUTH, "ims_url")
    for key in ("client_secret", "access_token"):
        _check_secret(view, *_AUTH, key)
    _check_secrets_elsewhere(view)


def _check_secrets_elsewhere(view: View) -> None:
    """A secret belongs in its own place alone: the rest of a spec is shown, and kept with plans and reports."""
    names = {view.source.text_at(path)[2:-1] for path in view.secrets}
    telling = [one for one in view.secrets.values() if len(one) >= _TELLING and is_telling(one)]
    for path, filled_from in view.source.origins.items():
        value = str(lookup(view.value, path))
        holds_one = any(one in value for one in telling)
        if names & set(filled_from) or holds_one:
            view.error(
                *path,
                code="secret-elsewhere",
                message="the secret of connection.auth stands here too, where it would be shown and kept in reports.",
                remedy="Take it out.",
            )


def _check_url(view: View, *path: str) -> None:
    url = view.text(*path)
    if url is None:
        return
    fault = url_fault(url)
    if fault is not None:
        message, remedy = fault
        view.error(*path, code="address", message=message, remedy=remedy)


def url_fault(url: str) -> tuple[str, str] | None:
    """Return what is wrong with an address and what to do; None when nothing is.

    The address itself is not repeated, since it may hold a password.
    """
    parts = SplitResult("", "", "", "", "")
    try:
        parts = urlsplit(url)
        is_address = bool(parts.hostname) and parts.port != 0 and "\\" not in url
    except ValueError:
        is_address = False
    if not is_address or parts.scheme not in {"https", "http"}:
        return "this is not an address.", "Write one like https://platform.adobe.io."
    return next((words for wrong, words in _url_rules(url, parts) if wrong), None)


def _url_rules(url: str, parts: SplitResult) -> tuple[tuple[bool, tuple[str, str]], ...]:
    return (
        (
            "@" in parts.netloc,
            (
                "the address holds a name or password.",
                "Leave it out; how to log in is said under connection.auth.",
            ),
        ),
        (
            "?" in url or "#" in url,
            ("the address holds a query or fragment.", "End it after the host name."),
        ),
        (
            "/data/foundation" in parts.path or parts.path.startswith("/ims"),
            (
                "the address holds a path that the program adds itself.",
                f"Write {parts.scheme}://{parts.netloc}.",
            ),
        ),
        (
            parts.scheme == "http" and not is_loopback(parts.hostname or ""),
            (
                "plain http would send the access token in the open.",
                "Write https:// (plain http is only for this machine itself, like http://127.0.0.1:8080).",
            ),
        ),
    )


def is_loopback(host: str) -> bool:
    """Whether a host name can only mean this machine."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _check_secret(view: View, *path: str) -> None:
    written = view.at(*path)
    if isinstance(written, str | int | float) and not is_secret_reference(str(written)):
        # The schema has said so already, unless something else about auth is wrong as well.
        message, remedy = literal_secret(str(written), key=path[-1])
        view.problems.append(
            view.source.problem(
                path, code="literal-secret", message=message, remedy=remedy, shows_line=False
            )
        )
    if view.around.offline:
        return
    if isinstance(written, dict):
        _check_secret_file(view, *path)
    elif path in view.secrets:
        _check_secret_text(view, *path)


def _check_secret_text(view: View, *path: str) -> None:
    secret = view.secrets[path]
    name = view.source.text_at(path)
    if not secret:
        view.error(
            *path,
            code="empty-secret",
            message=f"the environment variable behind {name} is set but empty.",
            remedy="Set it to the secret.",
        )
    elif not (secret.isascii() and secret.isprintable() and " " not in secret):
        view.error(
            *path,
            code="odd-secret",
            message=f"what {name} stands for holds a space, a line break or another sign that no secret has.",
            remedy="Set the variable again, without anything around the secret.",
        )


def _check_secret_file(view: View, *path: str) -> None:
    name = view.text(*path, "file")
    if name is None:
        return
    try:
        found = secret_in_file(view.around.base / name)
    except SecretFault as fault:
        view.error(*path, "file", code="secret-file", message=fault.message, remedy=fault.remedy)
        return
    if found.others_can_read:
        view.warn(
            *path,
            "file",
            code="open-secret-file",
            message="other users of this machine can read this file.",
            remedy="Run chmod 600 on it.",
        )
