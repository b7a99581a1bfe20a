"""What the real client needs to speak to a served simulator: the simulator's credentials, and a gate that is open."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from runner.model.secret import Secret
from runner.model.spec import Connection, OAuth
from runner.model.words import SandboxName
from runner.simulator import Served


class OpenGate:
    """Lets every call pass, and every one be tried again."""

    @asynccontextmanager
    async def reading(self, sandbox: SandboxName) -> AsyncIterator[None]:  # the gate's shape
        yield

    def heard(self, *_: object, **__: object) -> bool:
        return True

    def may_retry(self) -> bool:
        return True


def connection_to(served: Served) -> Connection:
    """Who the simulator takes us for."""
    world = served.platform.world.scenario
    return Connection(
        platform_url=served.url,
        org_id=world.organisation,
        operation="re-trigger",
        auth=OAuth(
            ims_url=served.url,
            client_id=world.client_id,
            client_secret=Secret(world.client_secret),
            scopes=("openid",),
        ),
    )
