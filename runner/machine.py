"""What this machine and this process are: who works here, where, in which CI job, and whether a process still lives.

Everything is read through parameters, so that tests can be any machine.
"""

import json
import os
import pwd
import socket
from collections.abc import Mapping
from pathlib import Path

from runner.model.lease import Holder

_CI_JOB = ("CI_JOB_URL", "BUILD_URL", "BUILDKITE_BUILD_URL", "CIRCLE_BUILD_URL", "DRONE_BUILD_LINK")
"""Variables in which CI systems (GitLab, Jenkins, Buildkite, CircleCI, Drone) give the page of the job."""

_WHO = (
    "GITHUB_ACTOR",
    "GITLAB_USER_LOGIN",
    "BUILD_USER_ID",
    "BUILDKITE_BUILD_CREATOR",
    "LOGNAME",
    "USER",
)
"""Variables that name the person: first those of CI systems, then those of a login."""

_BOOT_ID = "sys/kernel/random/boot_id"
_NO_PID = 2**31
"""Ids of processes are below this (pid_t is a signed 32-bit number)."""


def who(environment: Mapping[str, str]) -> str:
    """Return the person behind this process: the one who started the CI job, else the user."""
    for name in _WHO:
        if environment.get(name):
            return environment[name]
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:  # as in a container that runs under a number
        return f"uid {os.getuid()}"


def host() -> str:
    """Return this machine's name."""
    return socket.gethostname()


def ci_job_url(environment: Mapping[str, str]) -> str:
    """Return the page of the CI job, or nothing outside one."""
    if environment.get("GITHUB_RUN_ID"):
        server = environment.get("GITHUB_SERVER_URL", "https://github.com")
        repository = environment.get("GITHUB_REPOSITORY", "")
        return f"{server}/{repository}/actions/runs/{environment['GITHUB_RUN_ID']}"
    return next((environment[name] for name in _CI_JOB if environment.get(name)), "")


def this_process(holder_id: str, *, environment: Mapping[str, str], proc: Path) -> Holder:
    """Return this process as a holder of leases; ``proc`` is where the system tells of processes (``/proc``)."""
    pid = os.getpid()
    facts = {
        "pid": pid,
        "started": _state(pid, proc)[1],
        "boot": _read(proc / _BOOT_ID),
        "namespace": _namespace(proc),
    }
    return Holder(id=holder_id, who=who(environment), host=host(), process=json.dumps(facts))


def is_surely_dead(holder: Holder, *, proc: Path) -> bool:
    """Whether a holder's process is provably gone.

    Only where it would be seen if it lived: the same boot of the same kernel, and the same space of process ids (two
    containers on one machine see different ones). Everywhere else the answer is no, and its lease must expire.
    """
    if out_of_sight(holder, proc=proc):
        return False
    try:
        facts = json.loads(holder.process)
        pid, started = int(facts["pid"]), str(facts["started"])
    except (ValueError, TypeError, KeyError):
        return False
    return _is_gone(pid, started=started, proc=proc)


def out_of_sight(holder: Holder, *, proc: Path) -> str:
    """Return where a holder's process is, if this one could not see it whether it lives or not; nothing: it could."""
    boot, namespace = _read(proc / _BOOT_ID), _namespace(proc)
    try:
        facts = json.loads(holder.process)
        its_boot, its_namespace = facts["boot"], facts["namespace"]
    except (ValueError, TypeError, KeyError):
        return "nothing is known of its process"
    if not (boot and namespace and its_boot and its_namespace):
        return "the system does not show processes"
    if its_boot != boot:
        return "it is another machine's process, or one from before a restart"
    return "" if its_namespace == namespace else "it is the process of another container"


def _is_gone(pid: int, *, started: str, proc: Path) -> bool:
    if not 0 < pid < _NO_PID:
        return False  # no process's id: kill(2) would take it for a group, or for everybody
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        pass  # it lives, and is another user's
    state, now_started = _state(pid, proc)
    # A zombie has ended; another start time is another process that got the same id.
    return state == "Z" or bool(started and now_started and started != now_started)


def _state(pid: int, proc: Path) -> tuple[str, str]:
    """A process's state, and when it started in ticks since boot (fields 3 and 22 of proc(5)'s stat); or empty."""
    fields = _read(proc / str(pid) / "stat").rpartition(")")[2].split()
    return (fields[0], fields[19]) if len(fields) > 19 else ("", "")  # noqa: PLR2004  # explained above


def _namespace(proc: Path) -> str:
    try:
        return str((proc / "self/ns/pid").readlink())
    except OSError:
        return ""


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return ""
