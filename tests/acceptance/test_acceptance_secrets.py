"""No secret is in anything that was written, whoever repeats it: the platform, the token service, or a bug of ours."""

import html
import json
import re
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote, quote_plus

from tests.acceptance.desk import Desk, Done, opened_desk, sandbox
from tests.acceptance.hostile import (
    Hostile,
    escaped,
    flow_service,
    gateway,
    hostile_before,
    oauth,
    page,
    redirect,
    reset,
)

SECRET = "p8e-planted+Zx81/qQ4Lw&9=vT<7"
"""With signs that forms, JSON and pages escape."""
OUTER = "planted-0uter-T0ken-5521"
"""A secret of the environment that has nothing to do with the spec."""
SECRET_FILE = "held.txt"
TALK = ("--verbose", "--log-format", "json")


@dataclass
class Watched:
    """A desk before a hostile server, and everything that was said at it."""

    desk: Desk
    hostile: Hostile
    spec: Path
    done: list[Done] = field(default_factory=list)

    async def run(self, *arguments: object, code: str | None = None) -> Done:
        done = await self.desk.run(*arguments, code=code)
        self.done.append(done)
        return done

    def everything(self) -> Iterator[tuple[str, str]]:
        """What was said, and each file that was written: journal, write-ahead log, reports, plans, bug files."""
        for number, one in enumerate(self.done):
            yield f"what command {number} said", one.said
        for path in self.desk.folder.rglob("*"):
            if path.is_file() and path.name != SECRET_FILE:
                yield str(path), path.read_bytes().decode("utf-8", "replace")

    def check(self) -> None:
        """Look for every secret, in every writing, cut short or whole."""
        assert self.hostile.tokens
        assert any(path.endswith(".db") for path, _ in self.everything())
        for where, text in self.everything():
            for secret in (SECRET, OUTER, *self.hostile.tokens):
                for form in writings(secret):
                    assert form not in text, (where, form)
            # All tokens begin alike, so that a piece of any is found.
            assert not re.search(r"eyJhbGciOiJSUzI1NiJ9\.\w", text), where


def writings(secret: str) -> set[str]:
    """The beginning of a secret as it would be found in a file, and its end."""
    start, end = secret[:24], secret[-10:]
    return {
        form(piece)
        for piece in (start, end)
        for form in (str, quote, quote_plus, html.escape, lambda one: json.dumps(one)[1:-1])
    } | {"".join(f"%{ord(one):02X}" for one in secret[:20])}


@asynccontextmanager
async def watched(folder: Path, *, flows: int = 2, in_file: bool = False) -> AsyncIterator[Watched]:
    """Lay out a desk whose platform is behind a hostile server; the secret comes from the environment or a file."""
    async with (
        opened_desk(
            folder, client_secret=SECRET, sandboxes=[sandbox("prod", flows=flows, failed=1)]
        ) as desk,
        hostile_before(desk.served.url) as hostile,
    ):
        desk.environment |= {
            "AEP_URL": hostile.url,
            "AEP_CLIENT_SECRET": SECRET,
            "DEPLOY_TOKEN": OUTER,
        }
        spec = desk.spec()
        if in_file:
            del desk.environment["AEP_CLIENT_SECRET"]
            held = folder / SECRET_FILE
            held.write_text(SECRET)
            held.chmod(0o600)
            facts = json.loads(spec.read_text())
            facts["connection"]["auth"]["client_secret"] = {"file": SECRET_FILE}
            spec.write_text(json.dumps(facts))
        yield Watched(desk, hostile, spec)


async def test_what_refusals_of_re_triggers_repeat_is_not_kept(working_folder: Path) -> None:
    async with watched(working_folder, flows=7) as at:
        assert (await at.run("check", at.spec)).code == 0
        assert (await at.run("plan", at.spec, "-o", "plan.jsonl", *TALK)).code == 0
        at.hostile.answers["retrigger"] = [
            flow_service(400),
            flow_service(403),
            escaped(422),
            page(404),
            page(500),
            redirect,
            reset,
        ]
        done = await at.run("apply", at.spec, "--yes", *TALK)
        assert done.code in (1, 4), done.said
        assert at.hostile.repeated >= 7
        assert at.desk.accepted == []
        assert (await at.run("reconcile", *TALK)).code in (1, 4)
        assert (await at.run("status")).code == 0
        assert (await at.run("report")).code == 0
        at.check()
        # Their words are kept all the same, without what they repeat.
        assert any("bad credentials: Bearer ***" in row["reason"] for row in at.desk.rows)


async def test_what_a_refusal_of_the_token_repeats_is_not_kept(working_folder: Path) -> None:
    async with watched(working_folder, in_file=True) as at:
        at.hostile.answers["retrigger"] = [gateway(401, "401013")]
        done = await at.run("apply", at.spec, "--yes", *TALK)
        assert done.code == 1, (
            done.said
        )  # reads are let through, so the credentials as such are not given up
        assert len(at.hostile.tokens) > 1
        assert (await at.run("status")).code == 0
        at.hostile.answers["retrigger"] = [gateway(403, "403003")]
        assert (await at.run("apply", at.spec, "--yes", *TALK)).code == 7
        at.check()


async def test_what_reads_repeat_is_not_kept(working_folder: Path) -> None:
    async with watched(working_folder, in_file=True) as at:
        assert (await at.run("apply", at.spec, "--yes", *TALK)).code == 0
        for answer in (flow_service(403), page(500), redirect, escaped(400)):
            at.hostile.answers["get"] = [answer]
            done = await at.run("plan", at.spec, *TALK)
            assert done.code == 7, done.said
        at.check()


async def test_what_the_token_service_repeats_is_not_kept(working_folder: Path) -> None:
    async with watched(working_folder) as at:
        assert (await at.run("apply", at.spec, "--yes", *TALK)).code == 0
        for answer in (oauth(400), page(500), redirect, escaped(401), reset):
            at.hostile.answers["token"] = [answer]
            done = await at.run("plan", at.spec, *TALK)
            assert done.code == 7, done.said
        at.check()


BUG = """
import logging, sys, threading
import runner.client.service as service
from pathlib import Path

async def broken(self, sandbox, run_id, *, request_id, send_by, **others):
    token = (await self._reader.tokens.token()).secret.reveal
    held = Path("held.txt").read_text()
    logging.getLogger("runner.client").warning("sending %s", token)
    logging.getLogger("aiohttp").error("sent %s", held)
    print("sent", token, file=sys.stderr)
    def fails(): raise ValueError(token)
    thread = threading.Thread(target=fails)
    thread.start()
    thread.join()
    try:
        raise KeyError(held)
    except KeyError as error:
        error.add_note(token)
        raise RuntimeError(f"with {token} and {held!r}") from error

service.FlowService.retrigger = broken
from runner.cli import main
main()
"""


async def test_a_bug_that_holds_secrets_in_its_text_gives_none_away(working_folder: Path) -> None:
    async with watched(working_folder, in_file=True) as at:
        done = await at.run("apply", at.spec, "--yes", *TALK, code=BUG)
        assert done.code == 70, done.said
        assert "sending ***" in done.err
        found = re.search(r"traceback is in (\S+retrigger-bug-\S+\.txt)", done.err)
        assert found, done.said
        bug = dict(at.everything())[found.group(1)]
        assert "RuntimeError: with *** and '***'" in bug
        assert "KeyError: '***'" in bug
        assert (await at.run("status")).code == 0
        assert (await at.run("report")).code == 0
        assert "with *** and '***'" in json.dumps(at.desk.results)
        at.hostile.tokens |= {"eyJhbGciOiJSUzI1NiJ9.never-sent-to-the-platform"}
        at.check()


SETTINGS = {
    "NO_PROXY": "localhost",
    "https_proxy": "",
    "KEY_VAULT_ENV": "production",
    "SECRET_NAME": "prod",
    "X_KEY": "status",
    "Y_TOKEN": "retriggered",
    "KEY_VERSION": "version",
}


async def test_settings_and_a_secret_like_any_word_destroy_nothing(working_folder: Path) -> None:
    prod = {**sandbox("prod", flows=2, failed=1), "type": "production"}
    async with opened_desk(working_folder, client_secret="prod", sandboxes=[prod]) as desk:
        desk.environment |= {
            **SETTINGS,
            "AEP_CLIENT_SECRET": "prod",
            "AEP_TOKEN_URL": desk.served.url,
        }
        doctor = await desk.run("doctor", desk.spec(), "--format", "json")
        facts = {one["check"]: one["fact"] for one in json.loads(doctor.out)["checks"]}
        assert facts["sandbox prod"].startswith("active, production")
        assert facts["platform"] == f"{desk.served.url} answers; these credentials can see prod"
        done = await desk.run("apply", desk.spec(), "--yes", "--log-format", "json", "--verbose")
        assert done.code == 0, done.said
        assert [json.loads(line) for line in done.err.splitlines()]
        assert {row["outcome"] for row in desk.rows} == {"retriggered"}
        assert all(row["request_id"] for row in desk.rows)
        assert "***" not in doctor.said + done.said
        for path in desk.folder.rglob("*"):
            assert path.is_dir() or b"***" not in path.read_bytes(), path
