"""Have a spec read for a command: problems are raised whole, warnings are told."""

from pathlib import Path

from runner.app.house import House
from runner.model.spec import Spec
from runner.spec import Checked, SpecInvalid, check_file, check_plan_spec, render


def spec_of_file(path: Path, *, house: House) -> Spec:
    """Return the spec of a file; raises SpecInvalid with every problem."""
    checked = check_file(path, environment=house.environment, now_ms=house.clock.now_ms())
    return _spec(checked, house)


def spec_of_text(text: str, *, path: str, house: House) -> Spec:
    """Return the spec that a plan or the journal carries; its files of run ids need not be there any more."""
    checked = check_plan_spec(
        text,
        path=path,
        environment=house.environment,
        base=Path(path).parent,
        now_ms=house.clock.now_ms(),
    )
    return _spec(checked, house)


def _spec(checked: Checked, house: House) -> Spec:
    if checked.spec is None:
        raise SpecInvalid(checked.problems)
    house.secrets.note(checked.spec.connection.auth.secret)
    if checked.problems:
        house.console.warn(render(checked.problems, "text").rstrip("\n"))
    return checked.spec
