"""Who works here, in which CI job, and whether another process is provably gone."""

import errno
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from runner import machine
from runner.machine import ci_job_url, host, is_surely_dead, out_of_sight, this_process, who
from runner.model.lease import Holder

BOOT = "sys/kernel/random/boot_id"
REAL = Path("/proc")
STARTED = "4242"

needs_proc = pytest.mark.skipif(not (REAL / BOOT).exists(), reason="the system shows no processes")


@pytest.mark.parametrize(
    ("environment", "name"),
    [
        ({"GITHUB_ACTOR": "maria", "USER": "runner"}, "maria"),
        ({"GITLAB_USER_LOGIN": "maria"}, "maria"),
        ({"BUILD_USER_ID": "maria", "LOGNAME": "jenkins"}, "maria"),
        ({"BUILDKITE_BUILD_CREATOR": "Maria B"}, "Maria B"),
        ({"GITHUB_ACTOR": "", "LOGNAME": "maria", "USER": "root"}, "maria"),
        ({"USER": "maria"}, "maria"),
    ],
)
def test_who_is_the_person_behind_the_job_before_the_user_of_the_machine(
    environment: dict[str, str], name: str
) -> None:
    assert who(environment) == name


def test_who_is_asked_of_the_system_where_the_environment_is_silent(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(machine.pwd, "getpwuid", lambda _: type("", (), {"pw_name": "maria"}))
    assert who({}) == "maria"

    def nobody(uid: int) -> None:
        raise KeyError(uid)

    monkeypatch.setattr(machine.pwd, "getpwuid", nobody)
    assert who({}) == f"uid {os.getuid()}"


@pytest.mark.parametrize(
    ("environment", "url"),
    [
        ({}, ""),
        ({"CI_JOB_URL": ""}, ""),
        ({"CI_JOB_URL": "https://gitlab.example/1"}, "https://gitlab.example/1"),
        ({"BUILD_URL": "https://jenkins.example/1"}, "https://jenkins.example/1"),
        ({"BUILDKITE_BUILD_URL": "https://b.example/1"}, "https://b.example/1"),
        ({"CIRCLE_BUILD_URL": "https://c.example/1"}, "https://c.example/1"),
        ({"DRONE_BUILD_LINK": "https://d.example/1"}, "https://d.example/1"),
        (
            {"GITHUB_RUN_ID": "81", "GITHUB_REPOSITORY": "acme/aep"},
            "https://github.com/acme/aep/actions/runs/81",
        ),
        (
            {
                "GITHUB_RUN_ID": "81",
                "GITHUB_REPOSITORY": "acme/aep",
                "GITHUB_SERVER_URL": "https://git.acme.example",
                "BUILD_URL": "https://jenkins.example/1",
            },
            "https://git.acme.example/acme/aep/actions/runs/81",
        ),
    ],
)
def test_the_page_of_the_job_is_found_in_each_ci_system(
    environment: dict[str, str], url: str
) -> None:
    assert ci_job_url(environment) == url


def stat_line(pid: int, *, state: str = "S", started: str = STARTED, name: str = "python") -> str:
    """A line of proc(5)'s stat: the name may hold anything, and is in brackets."""
    return f"{pid} ({name}) {state} " + " ".join(["0"] * 18) + f" {started} 0 0\n"


@pytest.fixture
def proc(tmp_path: Path) -> Path:
    """A machine of its own, on which process 77 runs."""
    root = tmp_path / "proc"
    for folder in ("sys/kernel/random", "self/ns", "77"):
        (root / folder).mkdir(parents=True)
    (root / BOOT).write_text("boot-1\n")
    (root / "self/ns/pid").symlink_to("pid:[4026531836]")
    (root / "77/stat").write_text(stat_line(77))
    return root


@pytest.fixture
def signalled(monkeypatch: pytest.MonkeyPatch) -> Callable[[OSError | None], list[int]]:
    """Have the system answer to signal 0 as given; returns the ids it was asked for."""

    def answering(error: OSError | None) -> list[int]:
        asked: list[int] = []

        def kill(pid: int, number: int) -> None:
            assert number == 0
            asked.append(pid)
            if error:
                raise error

        monkeypatch.setattr(os, "kill", kill)
        return asked

    return answering


def holder(**changes: Any) -> Holder:
    facts = {"pid": 77, "started": STARTED, "boot": "boot-1", "namespace": "pid:[4026531836]"}
    process = json.dumps({**facts, **changes})
    return Holder(id="h-1", who="maria", host="elsewhere", process=process)


GONE = ProcessLookupError(errno.ESRCH, "No such process")
NOT_MINE = PermissionError(errno.EPERM, "Operation not permitted")


@pytest.mark.parametrize(
    ("answer", "stat", "dead"),
    [
        (None, stat_line(77), False),
        (NOT_MINE, stat_line(77), False),
        (GONE, "", True),
        (None, stat_line(77, state="Z"), True),
        (None, stat_line(77, started="4243"), True),
        (NOT_MINE, stat_line(77, started="4243"), True),
        (None, stat_line(77, name="x) Z 1 (y"), False),
        (None, "", False),  # the system hides others' processes
        (None, "77 (python) S 1", False),
    ],
)
def test_a_process_is_dead_when_it_is_gone_has_ended_or_is_another_one(
    proc: Path,
    signalled: Any,
    answer: OSError | None,
    stat: str,
    dead: bool,  # noqa: FBT001  # a case
) -> None:
    asked = signalled(answer)
    (proc / "77/stat").write_text(stat)

    assert is_surely_dead(holder(), proc=proc) is dead
    assert asked == [77]


@pytest.mark.parametrize(
    "changes",
    [
        {"boot": "boot-0"},
        {"boot": ""},
        {"boot": None},
        {"namespace": "pid:[4026539999]"},
        {"namespace": ""},
    ],
)
def test_a_process_of_another_boot_or_another_container_is_never_dead(
    proc: Path, signalled: Any, changes: dict[str, Any]
) -> None:
    asked = signalled(GONE)

    assert is_surely_dead(holder(**changes), proc=proc) is False
    assert asked == []


@pytest.mark.parametrize(("hidden", "told"), [(BOOT, "boot"), ("self/ns/pid", "namespace")])
def test_where_the_system_does_not_say_enough_nobody_is_dead(
    proc: Path, signalled: Any, hidden: str, told: str
) -> None:
    asked = signalled(GONE)
    (proc / hidden).unlink()

    assert is_surely_dead(holder(), proc=proc) is False
    assert is_surely_dead(holder(**{told: ""}), proc=proc) is False
    assert asked == []


@pytest.mark.parametrize(
    "process", ["", "not json", "5", "[]", "{}", "null", '"boot"', holder(pid="x").process]
)
def test_a_holder_that_does_not_say_who_it_is_is_never_dead(
    proc: Path, signalled: Any, process: str
) -> None:
    asked = signalled(GONE)

    assert is_surely_dead(replace(holder(), process=process), proc=proc) is False
    assert asked == []


@pytest.mark.parametrize("pid", [0, -1, -77, 2**31, 2**70])
def test_what_is_no_process_id_is_never_asked_about(proc: Path, signalled: Any, pid: int) -> None:
    asked = signalled(GONE)

    assert is_surely_dead(holder(pid=pid), proc=proc) is False
    assert asked == []


def test_without_a_start_time_only_absence_proves_death(proc: Path, signalled: Any) -> None:
    signalled(None)
    assert is_surely_dead(holder(started=""), proc=proc) is False
    signalled(GONE)
    assert is_surely_dead(holder(started=""), proc=proc) is True


def test_this_process_is_told_with_all_that_proves_its_life(proc: Path) -> None:
    pid = os.getpid()
    (proc / str(pid)).mkdir(exist_ok=True)
    (proc / str(pid) / "stat").write_text(stat_line(pid, started="99"))

    mine = this_process("h-7", environment={"GITHUB_ACTOR": "maria"}, proc=proc)

    assert (mine.id, mine.who, mine.host) == ("h-7", "maria", host())
    assert json.loads(mine.process) == {
        "pid": pid,
        "started": "99",
        "boot": "boot-1",
        "namespace": "pid:[4026531836]",
    }
    assert is_surely_dead(mine, proc=proc) is False


def test_a_machine_that_tells_nothing_still_has_a_holder(tmp_path: Path) -> None:
    mine = this_process("h-7", environment={}, proc=tmp_path)

    assert json.loads(mine.process) == {
        "pid": os.getpid(),
        "started": "",
        "boot": "",
        "namespace": "",
    }
    assert is_surely_dead(mine, proc=tmp_path) is False


@pytest.fixture
def child() -> Iterator[subprocess.Popen[bytes]]:
    """A process that lives until it is told to end."""
    process = subprocess.Popen(
        [sys.executable, "-c", "print(flush=True); input()"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert process.stdout is not None
    process.stdout.readline()
    with process:
        yield process
        process.kill()


def holder_of(pid: int) -> Holder:
    """What a process of this machine would say of itself."""
    fields = (REAL / str(pid) / "stat").read_text().rpartition(")")[2].split()
    mine = this_process("h-1", environment={}, proc=REAL)
    return replace(
        mine, process=json.dumps({**json.loads(mine.process), "pid": pid, "started": fields[19]})
    )


@needs_proc
def test_a_real_process_is_alive_until_it_ends_and_dead_from_then_on(
    child: subprocess.Popen[bytes],
) -> None:
    its_holder = holder_of(child.pid)
    assert is_surely_dead(its_holder, proc=REAL) is False

    child.send_signal(signal.SIGKILL)
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)  # it has ended, and is a zombie now
    assert is_surely_dead(its_holder, proc=REAL) is True

    child.wait()
    assert is_surely_dead(its_holder, proc=REAL) is True


@needs_proc
def test_a_real_process_that_got_the_id_of_an_older_one_does_not_keep_it_alive(
    child: subprocess.Popen[bytes],
) -> None:
    older = holder_of(child.pid)
    facts = json.loads(older.process)
    older = replace(older, process=json.dumps({**facts, "started": str(int(facts["started"]) - 1)}))

    assert is_surely_dead(older, proc=REAL) is True


@needs_proc
def test_this_very_process_is_alive() -> None:
    assert is_surely_dead(this_process("h-1", environment={}, proc=REAL), proc=REAL) is False
    assert is_surely_dead(holder_of(os.getpid()), proc=REAL) is False


@pytest.mark.parametrize(
    ("changes", "where"),
    [
        ({}, ""),
        ({"pid": 78}, ""),
        ({"namespace": "pid:[1]"}, "the process of another container"),
        ({"boot": "boot-2"}, "another machine's process"),
        ({"boot": "boot-2", "namespace": "pid:[1]"}, "another machine's process"),
        ({"boot": ""}, "does not show processes"),
        ({"namespace": ""}, "does not show processes"),
    ],
)
def test_a_process_that_this_one_could_not_see_is_out_of_sight(
    proc: Path, changes: dict[str, object], where: str
) -> None:
    said = out_of_sight(holder(**changes), proc=proc)

    assert where in said
    assert bool(said) is bool(where)


def test_of_a_machine_that_shows_nothing_or_a_holder_that_says_nothing_all_is_out_of_sight(
    proc: Path, tmp_path: Path
) -> None:
    assert out_of_sight(holder(), proc=tmp_path / "none") == "the system does not show processes"
    for process in ("", "{}", "[]", "7"):
        unknown = replace(holder(), process=process)
        assert out_of_sight(unknown, proc=proc) == "nothing is known of its process"
