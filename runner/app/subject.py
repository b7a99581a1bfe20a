"""What `apply` is given: a spec file, a plan file that carries its spec, or the run ids of a one-off."""

from dataclasses import dataclass
from pathlib import Path

from runner.app.house import House, advised
from runner.app.reading import is_that_spec, spec_of_file, spec_of_one_off, spec_of_text
from runner.errors import PlanRefused
from runner.model.spec import Spec
from runner.model.text import terminal
from runner.plan import PlanFile, read_plan
from runner.spec import OneOff

_PLAN_BEGINS = b'{"kind": "header"'


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """A spec, and the plan it came in (None: from its own file)."""

    spec: Spec
    plan: PlanFile | None

    @property
    def applied(self) -> str:
        """Return the path that goes on with it: the spec's where it is there, else the plan's; empty: of a one-off."""
        spec = self.spec
        if self.plan and not (spec.path and is_that_spec(Path(spec.path), spec.text)):
            return str(self.plan.path)
        return spec.path


def subject_of(path: Path, *, spec_path: Path | None, house: House) -> Subject:
    """Read a spec or a plan.

    Args:
        path: of either; a plan is told by its name (``.jsonl``) or its first bytes.
        spec_path: a spec that the plan must have been made from, or None.
        house: gives the environment and the time.

    Raises:
        SpecInvalid: the spec is wrong.
        PlanRefused: the plan is altered, cut off, or made from another spec.
    """
    if not _is_plan(path):
        return Subject(spec=spec_of_file(path, house=house), plan=None)
    plan = read_plan(path)
    if spec_path:
        _refuse_other_spec(plan, spec_of_file(spec_path, house=house), house=house)
    spec = spec_of_text(plan.header.spec_text, path=plan.header.spec_path, house=house)
    refuse_foreign_spec(plan, spec, house=house)
    return Subject(spec=spec, plan=plan)


def made_anew(spec_path: str, plan_path: Path, *, house: House) -> str:
    """Return how a new plan is made in the place of one that is refused."""
    if not spec_path or not Path(spec_path).is_file():
        return "Make a new one from its spec."
    command = advised(house, "plan", Path(spec_path), "-o", plan_path)
    return f"Make a new one with `{command}`."


def refuse_foreign_spec(plan: PlanFile, spec: Spec, *, house: House) -> None:
    """Raise PlanRefused when a plan carries another spec than the one it was made from."""
    if spec.sha256 != plan.header.spec_sha256:
        raise PlanRefused(
            f"{plan.path}: the plan carries another spec than the one it was made from. Nothing was sent.",
            remedy=made_anew(plan.header.spec_path, plan.path, house=house),
        )


def subject_of_one_off(one_off: OneOff, *, house: House) -> Subject:
    """Compose the spec of a one-off, and say its name; raises SpecInvalid, and UsageError for missing variables."""
    if one_off.read:
        house.console.say(terminal(one_off.read), action="ids_read")
    spec = spec_of_one_off(one_off, house=house)
    house.console.say(
        f"this one-off is called {spec.name}; the same command again goes on with it, and nothing is done twice"
    )
    return Subject(spec=spec, plan=None)


def _is_plan(path: Path) -> bool:
    if path.suffix == ".jsonl":
        return True
    try:
        with path.open("rb") as file:
            return file.read(len(_PLAN_BEGINS)) == _PLAN_BEGINS
    except OSError:
        return False  # the spec's reader says what is wrong with it


def _refuse_other_spec(plan: PlanFile, spec: Spec, *, house: House) -> None:
    if plan.header.spec_sha256 != spec.sha256:
        raise PlanRefused(
            f"{plan.path}: the plan was made from another spec than {spec.path} as it is now. Nothing was sent.",
            remedy=made_anew(spec.path, plan.path, house=house),
        )
