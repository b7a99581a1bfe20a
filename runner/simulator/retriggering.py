"""The act itself: whether a run may be re-triggered, and the new run that comes of it.

Refusals and their texts follow Adobe's catalogues (docs: sources error messages, retry-flows tutorial). Where the
documents are silent the scenario's ``behaviour`` says what happens.
"""

from dataclasses import dataclass

from runner.simulator.ledger import Ledger
from runner.simulator.replies import Refused, flow_error
from runner.simulator.runs import EMPTY, FAILED, PARTIAL, SUCCESS, UI_CLIENT, Maker, NewRun
from runner.simulator.scenario_values import Mix
from runner.simulator.world import FlowState, World

_OPERATIONS = frozenset({"re-trigger", "re_trigger"})
_ENDS = (SUCCESS, FAILED, EMPTY, PARTIAL)


@dataclass(frozen=True, slots=True)
class Fate:
    """How a new run ends, how long it takes, and its error code if it has one."""

    end: int
    takes_ms: int
    error: str


class Retriggering:
    """Re-triggers runs of one world and writes them into the ledger."""

    def __init__(self, world: World, *, ledger: Ledger) -> None:
        self._world = world
        self._ledger = ledger

    def check(self, number: int, *, operation: str, now_ms: int) -> None:
        """Raise Refused unless this run may be re-triggered now."""
        flow = self._world.flow_of(number)
        # The documents write re-trigger, the OpenAPI file RE_TRIGGER.
        if operation.lower() not in _OPERATIONS:
            raise self._refused(
                "1401",
                f"The provided flow run action={operation} is not supported. "
                "Please provide a valid flow run action and try again.",
            )
        if flow.plan.refuse is not None:
            code = flow.plan.refuse.code
            message = self._wording(code, number, flow=flow, operation=operation, now_ms=now_ms)
            raise self._refused(code, message, wrapped=flow.plan.refuse.wrapped)
        code = self._reason_against(number, flow=flow, now_ms=now_ms)
        if code:
            message = self._wording(code, number, flow=flow, operation=operation, now_ms=now_ms)
            raise self._refused(code, message)

    def accept(self, number: int, *, maker: Maker, client: str, now_ms: int) -> int:
        """Make the new run and return its number; ``client`` is who really asked, for the ledger."""
        world, runs = self._world, self._world.runs
        turn = world.retriggers.get(number, 0) + 1
        world.retriggers[number] = turn
        old_id = runs.id_of(number)
        same = world.behaviour.new_run == "same"
        new_id = old_id if same else world.ids.made("retriggered", old_id, turn)
        flow = world.flow_of(number)
        fate = self._fate(flow.plan.retrigger, salt=(new_id, turn), code=runs.code(number))
        lag_ms = 0 if same else world.behaviour.visibility_lag_ms
        new = NewRun(
            id=new_id,
            flow=flow.number,
            started_ms=now_ms,
            created_ms=now_ms,
            ends_ms=now_ms + fate.takes_ms,
            end=fate.end,
            error=fate.error,
            maker=maker,
            copy_of=number,
            visible_ms=now_ms + lag_ms,
        )
        new_number = self._add(number, new=new, same=same)
        self._ledger.note_accepted(
            at_ms=now_ms,
            old_run=old_id,
            new_run=new_id,
            flow=flow.id,
            sandbox=flow.sandbox.name,
            client=client,
        )
        return new_number

    def add_scheduled(self, flow: FlowState, *, mix: Mix, due_ms: int, maker: Maker) -> int:
        """Make the run of a schedule that is due; it appears some seconds after its start."""
        run_id = self._world.ids.made("scheduled", flow.id, due_ms)
        codes = flow.plan.runs.errors or {"CONNECTOR-1001-500": 1}
        fate = self._fate(mix, salt=(run_id,), code=max(codes, key=lambda code: codes[code]))
        created_ms = due_ms + flow.shown_after_ms
        number = self._world.runs.add(
            NewRun(
                id=run_id,
                flow=flow.number,
                started_ms=due_ms,
                created_ms=created_ms,
                ends_ms=created_ms + fate.takes_ms,
                end=fate.end,
                error=fate.error,
                maker=maker,
                copy_of=None,
                visible_ms=created_ms,
            )
        )
        self._world.attach(number)
        return number

    def click(self, number: int, *, user: str, now_ms: int) -> None:
        """Re-trigger a run as a person in the user interface would."""
        self.accept(number, maker=Maker(user, UI_CLIENT), client=UI_CLIENT, now_ms=now_ms)

    def our_maker(self) -> Maker:
        """Return who the entity of a re-triggered run says made it. Not documented: the scenario chooses."""
        client = self._world.scenario.client_id
        match self._world.behaviour.made_by:
            case "connectors":
                return Maker("acp_foundation_connectors@AdobeID", "acp_foundation_connectors")
            case "technical_account":
                user = self._world.ids.word("technical account", length=24).upper()
                return Maker(f"{user}@techacct.adobe.com", client)
            case _:
                return Maker(client, client)

    def _add(self, number: int, *, new: NewRun, same: bool) -> int:
        world = self._world
        if same:
            world.runs.reopen(number, new)
            return number
        if world.behaviour.old_run == "touched":
            world.runs.touched_ms[number] = new.created_ms
        added = world.runs.add(new)
        world.attach(added)
        return added

    def _fate(self, mix: Mix, *, salt: tuple[object, ...], code: str) -> Fate:
        weights = (mix.recovers, mix.fails_again, mix.empty, mix.partial)
        ids = self._world.ids
        drawn = ids.fraction("fate", *salt) * sum(weights)
        end = SUCCESS
        for candidate, weight in zip(_ENDS, weights, strict=True):
            if drawn < weight:
                end = candidate
                break
            drawn -= weight
        spread = int(ids.fraction("takes", *salt) * (mix.takes_to_ms - mix.takes_from_ms))
        error = (mix.fails_with or code or "CONNECTOR-1001-500") if end in {FAILED, PARTIAL} else ""
        return Fate(end, mix.takes_from_ms + spread, error)

    def _reason_against(self, number: int, *, flow: FlowState, now_ms: int) -> str:
        """Return the catalogue number of the refusal, or empty."""
        if flow.spec.direction != "source" or flow.spec.frequency != "batch":
            return "1333"  # batch sources only (docs: retry-flows)
        if flow.plan.state != "enabled":
            return "1388"
        if not self._is_eligible(number, now_ms=now_ms):
            return "1387"
        done = self._world.retriggers.get(number, 0)
        return "1387" if done and self._world.behaviour.second_retrigger == "refused" else ""

    def _is_eligible(self, number: int, *, now_ms: int) -> bool:
        """Failed runs, and successes without records (docs: retry-flows); the UI's page allows every run that ended."""
        runs = self._world.runs
        if not runs.has_ended(number, now_ms=now_ms):
            return False
        if self._world.behaviour.successes == "accepted":
            return True
        return runs.end[number] in {FAILED, EMPTY}

    def _wording(
        self, code: str, number: int, *, flow: FlowState, operation: str, now_ms: int
    ) -> str:
        runs = self._world.runs
        match code:
            case "1333":
                return (
                    f"The flowRunAction={operation} is not supported for source with spec id={flow.connector.spec_id}. "
                    "Please provide valid flow run action and try again."
                )
            case "1387":
                state = runs.status(number, now_ms=now_ms)
                return (
                    f"The flowRunId={runs.id_of(number)} is in an invalid state={state} for re-triggering. "
                    "Please try again after some time and contact customer support if the problem persists."
                )
            case "1388":
                return (
                    f"The flow={flow.id} is in state={flow.plan.state} and cannot be re-triggered. "
                    "The flow must be in enabled state for re-triggering."
                )
            case "1427":
                return (
                    "The user token is unauthorized to create/update flow runs. "
                    "Please ensure that the user token is authorized and try again."
                )
            case _:
                return "Failed to create flow run. Error message: the provider refused it."

    def _refused(self, code: str, message: str, *, wrapped: bool = False) -> Refused:
        behaviour = self._world.behaviour
        if wrapped or behaviour.provider_errors == "wrapped":
            around = f"The request could not be processed. Error from flow provider: {message}"
            return Refused(flow_error("1100-400", "Invalid request", around))
        prefix = behaviour.provider_prefix
        return Refused(flow_error(f"{code}-400", "Bad Request", message, prefix=prefix))
