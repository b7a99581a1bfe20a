"""`doctor` against a simulated platform on loopback, good and bad."""

import json
import random
import sqlite3
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TextIO

import pytest

from runner.app.doctor import doctor
from runner.app.house import House
from runner.clock import SystemClock
from runner.journal import open_journal
from runner.masking import KnownSecrets
from runner.simulator import Scenario, Served, serve
from tests.contract.making import begun
from tests.fakes.certificates import Certificates

SECRET = "planted-s3cret-Zx81qQ4Lw"
ORG = "0123456789ABCDEF01234567@AdobeOrg"
AT_HOME = ["spec", "limits", "proxy", "certificates", "journal", "reports"]


@dataclass
class Paper:
    """A console that keeps what is printed."""

    lines: list[str] = field(default_factory=list)
    said: list[str] = field(default_factory=list)

    @property
    def progress_stream(self) -> TextIO:
        return sys.stderr

    def out(self, text: str) -> None:
        self.lines.append(text)

    def say(self, text: str, *, action: str = "said", facts: object = None) -> None:
        self.said.append(text)

    def warn(self, text: str, *, action: str = "warned", facts: object = None) -> None:
        self.said.append(text)

    def agree(self, question: str) -> bool | None:
        raise AssertionError(question)


@dataclass
class Surgery:
    """Where specs are looked at: a platform, a folder, an environment."""

    served: Served
    folder: Path
    url: str = ""
    secret: str = SECRET

    def spec(self, *sandboxes: str) -> Path:
        url = self.url or self.served.url
        auth = {"ims_url": self.served.url, "client_id": "simulated-client"}
        facts = {
            "version": 1,
            "name": "inc-2041",
            "reason": "INC-2041",
            "connection": {
                "platform_url": url,
                "org_id": ORG,
                "auth": {**auth, "client_secret": "${SECRET}"},
            },
            "limits": {"max_per_second": 2000},
            "sandboxes": [
                {"name": name, "filters": [{"started": {"last": "24h"}}]} for name in sandboxes
            ],
            "retry": {"first_wait": "10ms", "longest_wait": "10ms"},
        }
        path = self.folder / "spec.yaml"
        path.write_text(json.dumps(facts), encoding="utf-8")
        return path

    async def look(
        self,
        spec: Path,
        *,
        journal: str = "journal.db",
        environment: Mapping[str, str] | None = None,
    ) -> tuple[int, dict[str, tuple[str, str]]]:
        """Return the exit code, and each check's state and words."""
        paper = Paper()
        house = House(
            secrets=KnownSecrets(),
            log_format="text",
            clock=SystemClock(),
            environment={"SECRET": self.secret, **(environment or {})},
            console=paper,
            chance=random.Random(1).random,
            token=lambda: "0",
            quiet=False,
            journal_place=journal,
            proc=Path("/proc"),
        )
        code = await doctor(spec, output="json", house=house)
        found = json.loads("".join(paper.lines))
        assert found["exit_code"] == code
        checks = {
            one["check"]: (one["state"], f"{one['fact']} {one['remedy']}".rstrip())
            for one in found["checks"]
        }
        assert len(checks) == len(found["checks"])
        return code, checks

    @property
    def sent(self) -> list[str]:
        return [line.kind for line in self.served.platform.ledger.requests]


@asynccontextmanager
async def surgery(
    folder: Path, *, offset_seconds: float = 0, **scenario: object
) -> AsyncIterator[Surgery]:
    sandboxes = [
        {"name": "prod", "type": "production", "flows": [{"runs": {"failed": 3}}]},
        {"name": "stage", "region": "NLD2"},
        {"name": "old", "state": "deleted"},
        {"name": "closed", "permission": "none"},
    ]
    facts = {"version": 1, "client_secret": SECRET, "sandboxes": sandboxes, **scenario}
    async with serve(Scenario.from_dict(facts), clock_offset_seconds=offset_seconds) as served:
        yield Surgery(served=served, folder=folder)


def names_in(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def states(checks: Mapping[str, tuple[str, str]]) -> dict[str, str]:
    return {check: state for check, (state, _) in checks.items() if state != "ok"}


async def test_where_all_is_well_each_check_says_so_and_only_reads_are_sent(
    working_folder: Path,
) -> None:
    journal = open_journal("journal.db", make=True)
    begun(journal, "a", org_id=ORG, state="finished")
    journal.close()
    before = names_in(working_folder)
    async with surgery(working_folder) as doctors:
        code, checks = await doctors.look(doctors.spec("prod", "stage"))

        assert code == 0
        assert list(checks) == [
            *AT_HOME,
            *("token", "platform", "clock"),
            *("sandbox prod", "runs in prod", "flows in prod"),
            *("sandbox stage", "runs in stage", "flows in stage"),
            "re-trigger",
        ]
        assert states(checks) == {"re-trigger": "not_checked"}
        assert checks["sandbox prod"][1] == "active, production, region VA7"
        assert checks["sandbox stage"][1] == "active, development, region NLD2"
        assert checks["token"][1] == f"obtained from {doctors.served.url}; lasts 23h59m"
        assert checks["platform"][1].endswith("these credentials can see old, prod, stage")
        assert checks["journal"][1] == "journal.db: 1 execution, can be written"
        assert doctors.sent == ["token", "sandboxes", *("runs", "flows") * 2]
    assert names_in(working_folder) == before | {"spec.yaml"}


async def test_a_wrong_secret_fails_and_the_platform_is_looked_for_all_the_same(
    working_folder: Path,
) -> None:
    async with surgery(working_folder, offset_seconds=3600) as doctors:
        doctors.secret = "planted-wr0ng"
        code, checks = await doctors.look(doctors.spec("prod"))

        assert code == 2  # no outage: nothing but another secret helps
        assert states(checks) == {
            "journal": "warning",
            "token": "failed",
            "clock": "warning",
            "sandbox prod": "not_checked",
            "re-trigger": "not_checked",
        }
        assert "invalid_client" in checks["token"][1]
        assert "planted" not in str(checks)
        assert checks["platform"][1] == f"{doctors.served.url} answers"


async def test_all_that_is_wrong_with_sandboxes_is_told_at_once(working_folder: Path) -> None:
    async with surgery(working_folder) as doctors:
        code, checks = await doctors.look(doctors.spec("nowhere", "old", "closed", "prod"))

        assert code == 7
        assert states(checks) == {
            "journal": "warning",
            "sandbox nowhere": "failed",
            "runs in nowhere": "failed",
            "flows in nowhere": "failed",
            "sandbox old": "failed",
            "sandbox closed": "failed",
            "runs in closed": "failed",
            "flows in closed": "failed",
            "re-trigger": "not_checked",
        }
        assert "(old, prod, stage)" in checks["sandbox nowhere"][1]
        assert checks["sandbox old"][1].startswith("deleted, development, region VA7: only an")
        assert "FLOW-2100-404" in checks["runs in nowhere"][1]
        assert "HTTP 403" in checks["runs in closed"][1]


@pytest.mark.parametrize("name", ["nowhere", "closed"])
async def test_a_sandbox_that_is_not_there_for_these_credentials_is_no_outage(
    working_folder: Path, name: str
) -> None:
    async with surgery(working_folder) as doctors:
        code, checks = await doctors.look(doctors.spec("prod", name))

        assert code == 2
        assert checks[f"sandbox {name}"][0] == "failed"
        assert "these can see old, prod, stage" in checks[f"runs in {name}"][1]


async def test_one_missing_permission_fails_alone(working_folder: Path) -> None:
    refusal = {"status": {"status": 403, "body": "flow_service", "code": "2120-403"}}
    faults = [{"match": {"call": "flows", "sandbox": "prod"}, "do": refusal}]
    async with surgery(working_folder, faults=faults) as doctors:
        code, checks = await doctors.look(doctors.spec("prod"))

        assert code == 7
        assert checks["flows in prod"][0] == "failed"
        assert checks["runs in prod"] == ("ok", "can be listed")
        assert checks["sandbox prod"][0] == "ok"


async def test_a_list_of_sandboxes_that_is_refused_is_a_warning_and_the_rest_is_checked(
    working_folder: Path,
) -> None:
    refusal = {"status": {"status": 403, "body": "json"}}
    faults = [{"match": {"call": "sandboxes"}, "do": refusal}]
    async with surgery(working_folder, faults=faults) as doctors:
        code, checks = await doctors.look(doctors.spec("prod"))

        assert code == 0
        assert checks["platform"][0] == "warning"
        assert checks["sandbox prod"][0] == "not_checked"
        assert checks["runs in prod"][0] == "ok"


async def test_another_organisation_is_refused_by_the_platform_and_nothing_more_is_asked(
    working_folder: Path,
) -> None:
    async with surgery(working_folder, organisation="FFFF@AdobeOrg") as doctors:
        code, checks = await doctors.look(doctors.spec("prod"))

        assert code == 2
        assert checks["platform"][0] == "failed"
        assert "403027" in checks["platform"][1]
        assert "org_id" in checks["platform"][1]
        assert checks["clock"][0] == "ok"
        assert checks["sandbox prod"] == ("not_checked", "the platform cannot be used")
        assert "runs in prod" not in checks


async def test_a_platform_that_is_not_there_is_told_after_two_attempts(
    working_folder: Path,
) -> None:
    async with surgery(working_folder) as doctors:
        doctors.url = "http://127.0.0.1:9"
        code, checks = await doctors.look(doctors.spec("prod"))

        assert code == 7
        assert checks["token"][0] == "ok"
        assert checks["platform"][0] == "failed"
        assert "(on the last of 2 attempts)" in checks["platform"][1]
        assert checks["clock"] == ("not_checked", "no Date was had from the platform")


async def test_a_platform_and_a_token_service_that_are_both_away_are_both_told(
    working_folder: Path,
) -> None:
    async with surgery(working_folder) as doctors:
        doctors.url, doctors.secret = "http://127.0.0.1:9", "planted-wr0ng"
        code, checks = await doctors.look(doctors.spec("prod"))

        assert code == 7
        assert (checks["token"][0], checks["platform"][0]) == ("failed", "failed")
        assert "does not answer" in checks["platform"][1]


async def test_a_skewed_clock_is_a_warning(working_folder: Path) -> None:
    for offset, words in ((-7200, "ahead of"), (7200, "behind")):
        async with surgery(working_folder, offset_seconds=offset) as doctors:
            code, checks = await doctors.look(doctors.spec("prod"))

            assert code == 0
            assert checks["clock"][0] == "warning"
            assert f" {words} the platform's" in checks["clock"][1]


async def test_no_journal_is_made_and_its_absence_is_told(working_folder: Path) -> None:
    async with surgery(working_folder) as doctors:
        code, checks = await doctors.look(doctors.spec("prod"), journal=".retrigger/journal.db")

        assert code == 0
        assert checks["journal"][0] == "warning"
        assert "there is none at .retrigger/journal.db" in checks["journal"][1]
        (working_folder / "empty.db").touch()
        _, checks = await doctors.look(doctors.spec("prod"), journal="empty.db")
        assert checks["journal"][0] == "warning"
    assert (working_folder / "empty.db").stat().st_size == 0
    assert names_in(working_folder) == {"spec.yaml", "empty.db"}


async def test_a_journal_without_a_history_is_a_warning(working_folder: Path) -> None:
    open_journal("journal.db", make=True).close()
    async with surgery(working_folder) as doctors:
        code, checks = await doctors.look(doctors.spec("prod"))

        assert (code, checks["journal"][0]) == (0, "warning")
        assert "journal.db knows no execution of this organisation" in checks["journal"][1]
        assert "Earlier re-triggers are unknown" in checks["journal"][1]


async def test_a_journal_in_a_folder_that_is_not_there_is_a_slip_of_the_pen(
    working_folder: Path,
) -> None:
    async with surgery(working_folder) as doctors:
        code, checks = await doctors.look(doctors.spec("prod"), journal="deep/down/journal.db")

        assert (code, checks["journal"][0]) == (2, "failed")
        assert "folder deep/down is not there" in checks["journal"][1]
        assert "mkdir -p deep/down" in checks["journal"][1]
    assert names_in(working_folder) == {"spec.yaml"}


async def test_a_journal_that_cannot_be_used_fails_and_the_platform_is_checked_all_the_same(
    working_folder: Path,
) -> None:
    open_journal("newer.db", make=True).close()
    with sqlite3.connect("newer.db") as newer:
        newer.execute("PRAGMA user_version = 99")
    newer.close()
    (working_folder / "file").write_text("x", encoding="utf-8")
    async with surgery(working_folder) as doctors:
        spec = doctors.spec("prod")
        for place, words in (
            ("newer.db", "newer.db: the journal is of version 99"),
            ("/proc/self/journal.db", "/proc/self/journal.db: the journal cannot be"),
            ("file/journal.db", "file/journal.db: the journal cannot be opened: Not a directory"),
            (".", ".: this is a folder"),
        ):
            code, checks = await doctors.look(spec, journal=place)
            assert code == 7
            assert checks["journal"][0] == "failed"
            assert checks["journal"][1].startswith(words)
            assert checks["flows in prod"][0] == "ok"


async def test_settings_under_which_no_call_can_be_made_are_told_and_no_password_is(
    working_folder: Path,
) -> None:
    async with surgery(working_folder) as doctors:
        doctors.url = "https://platform.example.com"
        wrong = {
            "HTTPS_PROXY": "socks5://me:planted@proxy:1080",
            "SSL_CERT_FILE": str(working_folder / "none.pem"),
        }
        code, checks = await doctors.look(doctors.spec("prod"), environment=wrong)

        assert code == 2
        assert (checks["proxy"][0], checks["certificates"][0]) == ("failed", "failed")
        assert {checks[name][0] for name in ("token", "platform", "clock")} == {"not_checked"}
        assert "planted" not in str(checks)
        assert doctors.sent == []


async def test_a_proxy_and_certificates_of_ones_own_are_told_without_a_password(
    working_folder: Path, certificates: Certificates
) -> None:
    own = certificates.authority
    async with surgery(working_folder) as doctors:
        doctors.url, doctors.secret = "https://platform.example.com", "planted-wr0ng"
        environment = {
            "HTTPS_PROXY": "http://me:planted@127.0.0.1:9",
            "SSL_CERT_FILE": str(own),
        }
        code, checks = await doctors.look(doctors.spec("prod"), environment=environment)

        assert code == 7
        assert checks["proxy"][1] == (
            "https://platform.example.com through http://127.0.0.1:9; "
            f"{doctors.served.url} directly"
        )
        assert checks["certificates"][1] == f"SSL_CERT_FILE names {own}: 1 certificate"
        assert "planted" not in str(checks)


@pytest.mark.parametrize("variable", ["SSL_CERT_FILE", "SSL_CERT_DIR"])
async def test_a_place_that_holds_no_certificate_fails_by_its_name_where_tls_is_spoken(
    working_folder: Path, variable: str
) -> None:
    place = working_folder / "place"
    place.mkdir() if variable.endswith("DIR") else place.write_text("hello\n")
    async with surgery(working_folder) as doctors:
        _, checks = await doctors.look(doctors.spec("prod"), environment={variable: str(place)})
        words = f"{variable} names {place}: no certificate; nothing is reached over TLS"
        assert checks["certificates"] == ("ok", words)
        sent = list(doctors.sent)
        doctors.url = "https://platform.example.com"
        code, checks = await doctors.look(doctors.spec("prod"), environment={variable: str(place)})

        assert code == 2
        assert checks["certificates"][0] == "failed"
        fact = f"{variable} in the environment names {place}, which holds no certificate"
        assert checks["certificates"][1].startswith(fact)
        assert "unset it" in checks["certificates"][1]
        assert doctors.sent == sent


@pytest.mark.parametrize("variable", ["REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"])
async def test_what_would_only_add_certificates_and_does_not_is_a_warning(
    working_folder: Path, variable: str
) -> None:
    place = working_folder / "none.pem"
    async with surgery(working_folder) as doctors:
        doctors.url = "https://platform.example.com"
        environment = {variable: str(place), "HTTPS_PROXY": "http://127.0.0.1:9"}
        code, checks = await doctors.look(doctors.spec("prod"), environment=environment)

        assert code == 7  # the proxy is not there
        assert checks["certificates"][0] == "warning"
        assert f"{variable} names {place}, which does not exist" in checks["certificates"][1]
        assert checks["certificates"][1].startswith("the system's own authorities are trusted (")


async def test_a_folder_for_reports_that_cannot_be_written_fails(working_folder: Path) -> None:
    async with surgery(working_folder) as doctors:
        spec = doctors.spec("prod")
        facts = json.loads(spec.read_text(encoding="utf-8"))
        facts["report"] = {"directory": "spec.yaml/reports"}
        spec.write_text(json.dumps(facts), encoding="utf-8")
        code, checks = await doctors.look(spec)

        assert code == 7
        assert checks["reports"][0] == "failed"
