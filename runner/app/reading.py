"""Have a spec read for a command: problems are raised whole, warnings are told."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from runner.app.house import House
from runner.model.report import Execution
from runner.model.spec import THE_COMMAND_LINE, OAuth, Spec
from runner.model.text import terminal
from runner.spec import (
    Checked,
    OneOff,
    SpecInvalid,
    check_file,
    check_plan_spec,
    check_text,
    one_off_text,
)

_MOST_BYTES_A_SIGN = 4
SpecPath = tuple[str | int, ...]


def spec_of_file(path: Path, *, house: House) -> Spec:
    """Return the spec of a file; raises SpecInvalid with every problem."""
    checked = check_file(path, environment=house.environment, now_ms=house.clock.now_ms())
    return _spec(checked, house)


def spec_of_text(
    text: str, *, path: str, house: House, stand_ins: Mapping[SpecPath, str] | None = None
) -> Spec:
    """Return the spec that a plan or the journal carries; its files of run ids need not be there any more.

    ``stand_ins`` are taken in place of what the spec says at their paths.
    """
    checked = check_plan_spec(
        text,
        path=path or THE_COMMAND_LINE,
        environment=house.environment,
        base=Path(path).parent,
        now_ms=house.clock.now_ms(),
        stand_ins=stand_ins,
    )
    return replace(_spec(checked, house), path=path)


def readable_spec(execution: Execution, *, house: House) -> Spec | None:
    """Return an execution's spec as far as it can be read without its credentials; None where it cannot.

    Whom it calls, and as whom, are stand-ins.
    """
    auth = {"ims_url": "https://unused.invalid"}
    auth |= dict.fromkeys(("client_id", "client_secret", "access_token"), "unused")
    stand_ins: dict[SpecPath, str] = {
        ("connection", "platform_url"): execution.platform_url,
        ("connection", "org_id"): execution.org_id,
        **{("connection", "auth", key): word for key, word in auth.items()},
    }
    return check_plan_spec(
        execution.spec_text,
        path=execution.spec_path or THE_COMMAND_LINE,
        environment=house.environment,
        base=Path(execution.spec_path).parent,
        now_ms=house.clock.now_ms(),
        stand_ins=stand_ins,
    ).spec


def is_that_spec(path: Path, text: str) -> bool:
    """Tell whether a file holds just this text of a spec."""
    try:
        if path.stat().st_size > _MOST_BYTES_A_SIGN * len(text) + _MOST_BYTES_A_SIGN:
            return False  # a plan, perhaps a large one
        return path.read_text(encoding="utf-8-sig") == text
    except (OSError, ValueError):
        return False


def spec_of_one_off(one_off: OneOff, *, house: House) -> Spec:
    """Return the spec that a command line stands for; raises SpecInvalid, and UsageError for missing variables."""
    checked = check_text(
        one_off_text(one_off, environment=house.environment),
        path=THE_COMMAND_LINE,
        environment=house.environment,
        base=Path(),
        now_ms=house.clock.now_ms(),
    )
    # Nobody has seen the composed text: its lines would mean nothing to the person.
    said = tuple(replace(one, line=0, column=0, excerpt="") for one in checked.problems)
    return replace(_spec(replace(checked, problems=said), house), path="")


def _said_openly(spec: Spec) -> Iterator[str]:
    """Return what a spec shows, often from variables whose names sound secret: a client id is called an API key."""
    connection = spec.connection
    yield from (spec.name, connection.org_id, connection.platform_url, connection.auth.client_id)
    yield from (sandbox.name for sandbox in spec.sandboxes)
    if isinstance(connection.auth, OAuth):
        yield connection.auth.ims_url


def _spec(checked: Checked, house: House) -> Spec:
    if checked.spec is None:
        raise SpecInvalid(checked.problems)
    house.secrets.note(checked.spec.connection.auth.secret)
    house.secrets.note_plain(_said_openly(checked.spec))
    for problem in checked.problems:
        house.console.warn(terminal(f"{problem.place}: {problem.sentence}"), action="spec")
    return checked.spec
