"""An operator's desk: a folder, an environment, the real command, and a simulated platform with its own ledger."""

import asyncio
import fcntl
import json
import os
import pty
import signal
import struct
import sys
import termios
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from runner.simulator import Scenario, Served, serve

ROOT = Path(__file__).resolve().parents[2]
ORG = "0123456789ABCDEF01234567@AdobeOrg"
CLIENT = "simulated-client"
SECRET = "planted-s3cret-Zx81qQ4Lw"
_PATIENCE_SECONDS = 90.0


@dataclass(frozen=True)
class Done:
    """A command that ended."""

    code: int
    out: str
    err: str

    @property
    def said(self) -> str:
        return f"exit {self.code}\n{self.out}\n{self.err}"


@dataclass
class Desk:
    """Where commands are run."""

    folder: Path
    served: Served
    environment: dict[str, str]
    _waiting: list[tuple[Callable[[], bool], asyncio.Event]] = field(default_factory=list)

    def __post_init__(self) -> None:
        ledger = self.served.platform.ledger
        ledger.note_accepted = self._telling(ledger.note_accepted)  # type: ignore[method-assign]
        ledger.note_request = self._telling(ledger.note_request)  # type: ignore[method-assign]

    def _telling(self, note: Callable[..., None]) -> Callable[..., None]:
        """Have those who wait for something on the platform's side look again after each line of its book."""

        def noted(**facts: object) -> None:
            note(**facts)
            for reached, event in self._waiting:
                if reached():
                    event.set()

        return noted

    # The platform's side

    @property
    def accepted(self) -> list[str]:
        """The old runs whose re-trigger the platform accepted, in order."""
        return [line.old_run for line in self.served.platform.ledger.accepted]

    @property
    def posts(self) -> int:
        """How many re-trigger requests reached the platform."""
        return len(self.post_times_ms)

    @property
    def post_times_ms(self) -> list[int]:
        return [
            line.at_ms for line in self.served.platform.ledger.requests if line.kind == "retrigger"
        ]

    def asked_for(self, run: str) -> int:
        """How many requests for one run reached the platform."""
        lines = self.served.platform.ledger.requests
        return sum(line.kind == "retrigger" and line.run == run for line in lines)

    @property
    def nothing_twice(self) -> bool:
        return len(self.accepted) == len(set(self.accepted))

    async def has_accepted(self, count: int) -> None:
        """Wait until the platform accepted so many."""
        await self._until(lambda: len(self.accepted) >= count)

    @property
    def listings(self) -> int:
        """How many listings of runs reached the platform."""
        return sum(line.kind == "runs" for line in self.served.platform.ledger.requests)

    async def has_listed(self, count: int) -> None:
        """Wait until so many listings of runs reached the platform."""
        await self._until(lambda: self.listings >= count)

    async def was_asked(self, kind: str) -> None:
        """Wait until a request of this kind reached the platform."""
        lines = self.served.platform.ledger.requests
        await self._until(lambda: any(line.kind == kind for line in lines))

    async def _until(self, reached: Callable[[], bool]) -> None:
        event = asyncio.Event()
        self._waiting.append((reached, event))
        if not reached():
            async with asyncio.timeout(_PATIENCE_SECONDS):
                await event.wait()

    # The operator's side

    def spec(self, file: str = "spec.yaml", /, **changes: object) -> Path:
        """Write a spec and return its path: the usual one with these keys put in its place."""
        facts: dict[str, object] = {
            "version": 1,
            "name": "inc-2041",
            "reason": "INC-2041: expired S3 key",
            "connection": {
                "platform_url": "${AEP_URL}",
                "org_id": "${AEP_ORG_ID}",
                "auth": {
                    "ims_url": "${AEP_URL}",
                    "client_id": "${AEP_CLIENT_ID}",
                    "client_secret": "${AEP_CLIENT_SECRET}",
                },
            },
            "limits": {"max_per_second": 2000, "max_at_once": 16},
            "sandboxes": [
                {"name": name, "filters": [{"status": ["failed"], "started": {"last": "24h"}}]}
                for name in self.sandboxes
            ],
            "report": {"formats": ["csv", "json", "markdown", "html", "junit"]},
            "timeouts": {"connect": "2s", "request": "5s"},
            "retry": {"attempts": 3, "first_wait": "50ms", "longest_wait": "1s"},
            "reconcile": {"answer_window": "500ms", "visibility_lag": "300ms"},
            **changes,
        }
        path = self.folder / file
        path.write_text(json.dumps(facts, indent=1), encoding="utf-8")
        return path

    @property
    def sandboxes(self) -> list[str]:
        return [sandbox.name for sandbox in self.served.platform.world.sandboxes.values()]

    async def start(
        self,
        *arguments: object,
        environment: Mapping[str, str] | None = None,
        code: str | None = None,
    ) -> "Command":
        """Start the command; ``code`` runs that Python instead of the module."""
        way = ["-c", code] if code else ["-m", "runner"]
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            *way,
            *map(str, arguments),
            cwd=self.folder,
            env={**self.environment, **(environment or {})},
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        return Command(process)

    async def run(
        self,
        *arguments: object,
        environment: Mapping[str, str] | None = None,
        code: str | None = None,
    ) -> Done:
        """Run the command to its end."""
        command = await self.start(*arguments, environment=environment, code=code)
        return await command.done()

    @property
    def execution_folder(self) -> Path:
        """The newest execution's reports."""
        return max((p for p in (self.folder / "reports").iterdir() if p.is_dir()), key=_begun)

    @property
    def results(self) -> dict[str, object]:
        """The newest execution's results.json."""
        found: dict[str, object] = json.loads((self.execution_folder / "results.json").read_text())
        return found

    def outcomes(self) -> dict[str, int]:
        """The newest execution's planned runs by outcome; passed-over runs are not counted."""
        return dict(Counter(row["outcome"] for row in self.rows if row["wave"] is not None))

    @property
    def rows(self) -> list[dict[str, Any]]:
        """The newest execution's rows."""
        rows = self.results["rows"]
        assert isinstance(rows, list)
        return rows


def _begun(folder: Path) -> tuple[str, int]:
    """When an execution began: its name tells the second, and its plan, which is written first, the rest."""
    return folder.name.partition("-")[0], (folder / "plan.jsonl").stat().st_mtime_ns


@dataclass
class Command:
    """A command at work."""

    process: asyncio.subprocess.Process

    def send(self, number: signal.Signals) -> None:
        self.process.send_signal(number)

    async def done(self) -> Done:
        """Wait until it ends."""
        try:
            async with asyncio.timeout(_PATIENCE_SECONDS):
                out, err = await self.process.communicate()
        except TimeoutError:
            self.process.kill()
            out, err = await self.process.communicate()
            raise AssertionError(f"it never ended: {out.decode()}\n{err.decode()}") from None
        assert self.process.returncode is not None
        return Done(self.process.returncode, out.decode(), err.decode())


@dataclass
class Terminal:
    """A pseudo terminal that a command has for its own: what it prints there, and what a person types."""

    process: asyncio.subprocess.Process
    master: int
    shown: str = ""
    more: asyncio.Event = field(default_factory=asyncio.Event)

    def read(self) -> None:
        """Take what came; called by the loop."""
        try:
            self.shown += os.read(self.master, 65536).decode(errors="replace")
        except OSError:  # the other side is closed
            asyncio.get_running_loop().remove_reader(self.master)
        self.more.set()

    async def shows(self, words: str) -> None:
        """Wait until it shows these words."""
        async with asyncio.timeout(_PATIENCE_SECONDS):
            while words not in self.shown:
                self.more.clear()
                await self.more.wait()

    def type(self, keys: str) -> None:
        """Press keys; Ctrl-C is ``\\x03``."""
        os.write(self.master, keys.encode())

    async def done(self) -> int:
        """Wait until the command ends; return its exit code."""
        async with asyncio.timeout(_PATIENCE_SECONDS):
            return await self.process.wait()


@asynccontextmanager
async def on_terminal(
    desk: Desk, *arguments: object, piped: bytes | None = None, **environment: str
) -> AsyncIterator[Terminal]:
    """Run a command on a pseudo terminal of eighty columns; its standard output goes there too.

    What is ``piped`` in comes on standard input, in place of what is typed.
    """
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))

    def own_terminal() -> None:
        os.setsid()
        fcntl.ioctl(slave, termios.TIOCSCTTY, 0)

    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "runner",
        *map(str, arguments),
        cwd=desk.folder,
        env={**desk.environment, "TERM": "xterm", **environment},
        stdin=slave if piped is None else asyncio.subprocess.PIPE,
        stdout=slave,
        stderr=slave,
        preexec_fn=own_terminal,
    )
    os.close(slave)
    if piped is not None:
        assert process.stdin is not None
        process.stdin.write(piped)
        process.stdin.close()
    terminal = Terminal(process, master)
    loop = asyncio.get_running_loop()
    loop.add_reader(master, terminal.read)
    try:
        yield terminal
    finally:
        loop.remove_reader(master)
        if process.returncode is None:
            process.kill()
            await process.wait()
        os.close(master)


@asynccontextmanager
async def opened_desk(folder: Path, **scenario: object) -> AsyncIterator[Desk]:
    """Serve a scenario and lay out a desk before it."""
    facts = {"version": 1, "client_secret": SECRET, "sandboxes": [sandbox("prod")], **scenario}
    temporary = folder / "tmp"
    temporary.mkdir(exist_ok=True)
    # Everything here is plain http, and loading the machine's authorities takes a quarter of a command's start.
    authorities = temporary / "authorities.pem"
    authorities.touch()
    # A clock of its own, so that a test can let hours go by on the platform.
    async with serve(Scenario.from_dict(facts), clock_offset_seconds=0) as served:
        yield Desk(
            folder=folder,
            served=served,
            environment={
                "PATH": os.environ["PATH"],
                "PYTHONPATH": str(ROOT),
                "HOME": str(folder),
                "TMPDIR": str(temporary),
                "SSL_CERT_FILE": str(authorities),
                "SSL_CERT_DIR": str(temporary),
                "LANG": "C.UTF-8",
                "AEP_URL": served.url,
                "AEP_ORG_ID": ORG,
                "AEP_CLIENT_ID": CLIENT,
                "AEP_CLIENT_SECRET": SECRET,
            },
        )


def sandbox(name: str, *, flows: int = 4, failed: int = 5, **more: object) -> dict[str, object]:
    """Return a sandbox of a scenario with flows that have failed runs."""
    return {
        "name": name,
        "flows": [
            {"name": f"S3 {name} {number}", "runs": {"failed": failed}} for number in range(flows)
        ],
        **more,
    }


def fault(do: object, **when: object) -> dict[str, object]:
    """Return a fault of a scenario that meets re-triggers."""
    return {"match": {"call": "retrigger"}, "when": when, "do": do}
