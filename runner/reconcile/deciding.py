"""Look and judge; where a look says that a request was never accepted, look once more before believing it.

Of all verdicts only absence lets a run be asked for again, and it rests on what was *not* seen. A page that the
platform leaves out of one listing is seen by nobody; that the next listing leaves it out too is far less likely.
"""

from runner.clock import Clock
from runner.model.doubt import Absent, OpenAsk, Verdict
from runner.reconcile.judge import judge
from runner.reconcile.looking import Looker


async def decide(ask: OpenAsk, *, looker: Looker, clock: Clock, our_client: str) -> Verdict:
    """Return the verdict on a request; absent only when two looks in a row show it. Raises what a look raises."""
    verdict = await _look(ask, looker=looker, clock=clock, our_client=our_client)
    if isinstance(verdict, Absent):
        verdict = await _look(ask, looker=looker, clock=clock, our_client=our_client)
    return verdict


async def _look(ask: OpenAsk, *, looker: Looker, clock: Clock, our_client: str) -> Verdict:
    seen = await looker.look(ask, now_ms=clock.now_ms())
    return judge(ask, seen, our_client=our_client)
