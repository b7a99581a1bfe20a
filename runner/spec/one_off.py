"""Compose the spec that `apply --sandbox S --run ID --reason TEXT` stands for, as text like any other spec's.

Pure: the environment comes in as a mapping. Where the connection comes from is written as placeholders, so that the
text, which is kept with the reports, holds no secret. Whether the text is a good spec is for ``check`` to say.
"""

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from runner.errors import UsageError
from runner.model.words import RunId

_SECRET, _TOKEN = "AEP_CLIENT_SECRET", "AEP_ACCESS_TOKEN"  # names of variables, not secrets
_PLATFORM_URL, _IMS_URL = "AEP_PLATFORM_URL", "AEP_IMS_URL"

# What YAML would refuse, or take for a line end, unless it is written as an escape.
_NEEDS_ESCAPE = re.compile("[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")
_NOT_TEXT = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True, slots=True, kw_only=True)
class OneOff:
    """What the command line says. ``runs`` may repeat itself, in any order; an address that is None has a default."""

    sandbox: str
    runs: tuple[str, ...]
    reason: str
    ticket: str | None
    platform_url: str | None
    ims_url: str | None
    read: str = ""
    """What was read of standard input, in words."""


def one_off_name(one_off: OneOff) -> str:
    """Return the name that these runs of this sandbox always have, whatever their order and the reason."""
    runs = _runs(one_off)
    facts = "\n".join((one_off.sandbox, *runs)).encode()
    begin = re.sub(r"[^A-Za-z0-9]", "", runs[0])[:8]
    more = f"and-{len(runs) - 1}-more" if len(runs) > 1 else ""
    return "-".join(filter(None, ("one-off", begin, more, hashlib.sha256(facts).hexdigest()[:8])))


def one_off_text(one_off: OneOff, *, environment: Mapping[str, str]) -> str:
    """Return the spec's text; the same command in the same environment always gives the same.

    Raises UsageError naming every variable that is missing, and for bytes that are no text.
    """
    _refuse_what_is_no_text(one_off)
    _refuse_missing(environment)
    lines = [
        "# Composed by `retrigger apply --run`. The same command again, or this file, goes on with it.",
        "version: 1",
        f"name: {one_off_name(one_off)}",
        f"reason: {_quoted(one_off.reason)}",
        *([f"ticket: {_quoted(one_off.ticket)}"] if one_off.ticket is not None else []),
        *_connection(one_off, environment),
        "sandboxes:",
        f"  - name: {_quoted(one_off.sandbox)}",
        "    runs:",
        *(f"      - {_quoted(run)}" for run in _runs(one_off)),
    ]
    return "\n".join(lines) + "\n"


def _runs(one_off: OneOff) -> list[str]:
    """Return the ids, each once and spelt in the one way; what is no id as it was written."""
    ids = map(RunId, one_off.runs)
    return sorted({run.plain if run.other_spelling else str(run) for run in ids})


def _connection(one_off: OneOff, environment: Mapping[str, str]) -> Iterator[str]:
    yield "connection:"
    yield from _address("platform_url", one_off.platform_url, _PLATFORM_URL, environment)
    yield '  org_id: "${AEP_ORG_ID}"'
    yield "  auth:"
    # A client secret wins: it can have a new token when the first one ends.
    if environment.get(_SECRET):
        for line in _address("ims_url", one_off.ims_url, _IMS_URL, environment):
            yield f"  {line}"
        yield '    client_id: "${AEP_CLIENT_ID}"'
        yield f'    client_secret: "${{{_SECRET}}}"'
    else:
        yield "    method: access_token"
        yield '    client_id: "${AEP_CLIENT_ID}"'
        yield f'    access_token: "${{{_TOKEN}}}"'


def _address(
    key: str, given: str | None, variable: str, environment: Mapping[str, str]
) -> Iterator[str]:
    if given is not None:
        yield f"  {key}: {_quoted(given)}"
    elif environment.get(variable):
        yield f'  {key}: "${{{variable}}}"'


def _refuse_what_is_no_text(one_off: OneOff) -> None:
    """Raise UsageError where an argument held bytes that are no UTF-8: they arrive as lone surrogates."""
    texts = (one_off.sandbox, *one_off.runs, one_off.reason, one_off.ticket or "")
    if any(map(_NOT_TEXT.search, (*texts, one_off.platform_url or "", one_off.ims_url or ""))):
        raise UsageError(
            "the command line holds bytes that are no UTF-8 text. Nothing was sent.",
            remedy="Write it again in UTF-8.",
        )


def _refuse_missing(environment: Mapping[str, str]) -> None:
    missing = [name for name in ("AEP_ORG_ID", "AEP_CLIENT_ID") if not environment.get(name)]
    if not (environment.get(_SECRET) or environment.get(_TOKEN)):
        missing.append(f"{_SECRET} (or {_TOKEN})")
    if missing:
        raise UsageError(
            f"not set in the environment: {', '.join(missing)}. Nothing was sent.",
            remedy="`apply --run` reads the connection from there: set them, or write a spec and apply that.",
        )


def _quoted(text: str) -> str:
    """Return text as a YAML scalar that means exactly this text: quoted, and with nothing in it to be filled."""
    plain = json.dumps(text.replace("${", "$${"), ensure_ascii=False)
    return _NEEDS_ESCAPE.sub(lambda match: f"\\u{ord(match.group()):04x}", plain)
