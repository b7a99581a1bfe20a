"""`doctor`: look at everything an `apply` of a spec will need, and send nothing but reads and the token request."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

from runner.app import checkup
from runner.app.checkup import Finding, State
from runner.app.explaining import limits_in_words
from runner.app.house import House
from runner.app.platform import opened_platform
from runner.app.reading import spec_of_file
from runner.app.starting import unfinished
from runner.client import FlowService
from runner.disk import writing_remedy
from runner.errors import CannotGoOn, CannotWrite, PlatformRefused, RetriggerError, UsageError
from runner.files import try_folder
from runner.journal import is_there, open_journal
from runner.model.platform import Sandbox
from runner.model.spec import OAuth, Spec
from runner.model.words import SandboxName
from runner.transport import (
    is_tls,
    named_places,
    proxy_for,
    refuse_nobody,
    trusted_in_words,
    without_credentials,
)

_ATTEMPTS = 2
_LONGEST_WAIT_SECONDS = 2.0
"""A doctor is asked by somebody who waits: nothing is asked more than twice."""


@dataclass(slots=True, kw_only=True)
class _Sheet:
    """The checklist: as text, each line is there as soon as its check is made."""

    spec: Spec
    house: House
    output: Literal["text", "json"]
    found: list[Finding] = field(default_factory=list)

    def note(self, finding: Finding) -> None:
        self.found.append(finding)
        if self.output == "text":
            widest = max(map(len, checkup.checks_of(self.spec)))
            self.house.console.out(checkup.as_line(finding, widest_check=widest))

    def has_failed(self, *checks: str) -> bool:
        return any(one.check in checks and one.state is State.FAILED for one in self.found)

    def not_checked(self, *checks: str, because: str) -> None:
        """Note checks that could not be made; the sandboxes, too, and of each no more than its name."""
        sandboxes = [checkup.sandbox_checks(one.name)[0] for one in self.spec.sandboxes]
        for name in (*checks, *sandboxes):
            self.note(checkup.not_checked(name, because))

    def finish(self) -> int:
        """Close the sheet and return the exit code."""
        text = checkup.in_sum(self.found)
        if self.output == "json":
            text = checkup.as_json(self.found, spec=self.spec.path)
        self.house.console.out(text)
        return checkup.exit_code_of(self.found)


async def doctor(path: Path, *, output: Literal["text", "json"], house: House) -> int:
    """Check a spec's whole surroundings and print a checklist; return the exit code. Raises SpecInvalid."""
    spec = spec_of_file(path, house=house)
    sheet = _Sheet(spec=spec, house=house, output=output)
    sheet.note(_spec(spec))
    sheet.note(_limits(spec))
    sheet.note(_proxy(spec, house.environment))
    sheet.note(_certificates(spec, house.environment))
    sheet.note(_journal(spec, house))
    sheet.note(_reports(spec))
    await _online(sheet)
    sheet.note(
        checkup.not_checked(
            "re-trigger",
            "whether these credentials may re-trigger shows only when it is done: they need to manage sources",
        )
    )
    return sheet.finish()


def _spec(spec: Spec) -> Finding:
    names = ", ".join(sandbox.name for sandbox in spec.sandboxes)
    return checkup.ok("spec", f"{spec.name}: {names} of organisation {spec.connection.org_id}")


def _limits(spec: Spec) -> Finding:
    levels = {"in all": limits_in_words(spec.limits)}
    for sandbox in spec.sandboxes:
        if (words := limits_in_words(sandbox.limits)) != "no limit":
            levels[f"in {sandbox.name}"] = words
    return checkup.limits_found(spec, levels=levels)


def _proxy(spec: Spec, environment: Mapping[str, str]) -> Finding:
    """Say by which way calls leave; an address is shown without the password that it may hold."""
    try:
        ways = {url: proxy_for(url, environment) for url in _addresses(spec)}
    except UsageError as error:
        return checkup.failed("proxy", error)
    words = "; ".join(
        f"{url} {f'through {without_credentials(proxy)}' if proxy else 'directly'}"
        for url, proxy in ways.items()
    )
    return checkup.ok("proxy", words)


def _addresses(spec: Spec) -> tuple[str, ...]:
    connection = spec.connection
    token_service = (connection.auth.ims_url,) if isinstance(connection.auth, OAuth) else ()
    return tuple(dict.fromkeys((connection.platform_url, *token_service)))


def _certificates(spec: Spec, environment: Mapping[str, str]) -> Finding:
    """Load the certificates that servers are verified against, and say how many there are."""
    uses_tls = any(map(is_tls, _addresses(spec)))
    try:
        words = trusted_in_words(environment)
        if uses_tls:
            refuse_nobody(environment)
    except UsageError as error:
        return checkup.failed("certificates", error)
    if not uses_tls:
        return checkup.ok("certificates", f"{words}; nothing is reached over TLS")
    if all(place.count for place in named_places(environment)):
        return checkup.ok("certificates", words)
    return checkup.warning("certificates", words, remedy="Unset what names no certificate.")


def _journal(spec: Spec, house: House) -> Finding:
    """Open the journal, which fails where it cannot be written; where there is none, none is made."""
    place = house.journal_place
    try:
        if not is_there(place):
            return checkup.journal_found(place, executions=None, unfinished="")
        journal = open_journal(place, make=False)
        try:
            org_id = spec.connection.org_id
            count = sum(1 for one in journal.executions() if one.org_id == org_id)
            execution = unfinished(journal, spec=spec)
            going_on = execution.id if execution else ""
            return checkup.journal_found(journal.place, executions=count, unfinished=going_on)
        finally:
            journal.close()
    except RetriggerError as error:
        return checkup.failed("journal", error)


def _reports(spec: Spec) -> Finding:
    folder = spec.report.directory
    try:
        try_folder(folder)
    except OSError as error:
        fact = f"{folder}: reports cannot be written ({error.strerror or error})."
        remedy = writing_remedy(error, elsewhere="give another report.directory")
        return checkup.failed("reports", CannotWrite(fact, remedy=remedy))
    return checkup.ok("reports", f"{folder}/ can be written")


async def _online(sheet: _Sheet) -> None:
    """Ask the platform, as far as the settings allow."""
    if sheet.has_failed("proxy", "certificates"):
        because = "no call can be made with these settings"
        sheet.not_checked("token", "platform", "clock", because=because)
        return
    spec = sheet.spec
    hurried = replace(
        spec.retry,
        attempts=min(_ATTEMPTS, spec.retry.attempts),
        first_wait_seconds=min(_LONGEST_WAIT_SECONDS, spec.retry.first_wait_seconds),
        longest_wait_seconds=min(_LONGEST_WAIT_SECONDS, spec.retry.longest_wait_seconds),
    )
    async with opened_platform(
        replace(spec, retry=hurried), house=sheet.house, tells_clock=False
    ) as (service, _):
        try:
            seconds = await service.token_seconds()
        except CannotGoOn as error:
            sheet.note(checkup.failed("token", error))
            await _without_token(sheet, service)
            return
        sheet.note(checkup.token_found(spec.connection.auth, seconds=seconds))
        await _platform(sheet, service)


async def _without_token(sheet: _Sheet, service: FlowService) -> None:
    """See whether the platform answers at all, so that its trouble is known together with the token's."""
    url = sheet.spec.connection.platform_url
    try:
        await service.try_reaching()
    except CannotGoOn as error:
        sheet.note(checkup.failed("platform", error))
    else:
        sheet.note(checkup.ok("platform", f"{url} answers"))
    sheet.note(checkup.clock_found(service.server_offset_ms()))
    sheet.not_checked(because="there is no access token")


async def _platform(sheet: _Sheet, service: FlowService) -> None:
    listed: dict[SandboxName, Sandbox] | None = None
    try:
        sandboxes = await service.sandboxes()
    except PlatformRefused as error:
        # As `plan` and `apply` do: without the list they go on, and do not know a sandbox's type.
        sheet.note(checkup.warning("platform", str(error), remedy=error.remedy))
    except CannotGoOn as error:
        sheet.note(checkup.failed("platform", error))
        sheet.note(checkup.clock_found(service.server_offset_ms()))
        sheet.not_checked(because="the platform cannot be used")
        return
    else:
        listed = {sandbox.name: sandbox for sandbox in sandboxes}
        url = sheet.spec.connection.platform_url
        sheet.note(checkup.platform_found(url, listed=sandboxes))
    sheet.note(checkup.clock_found(service.server_offset_ms()))
    for sandbox in sheet.spec.sandboxes:
        await _sandbox(sheet, service, sandbox.name, listed)


async def _sandbox(
    sheet: _Sheet,
    service: FlowService,
    name: SandboxName,
    listed: Mapping[SandboxName, Sandbox] | None,
) -> None:
    """Check one sandbox; of one that is not active nothing more is asked."""
    readings: list[Finding] = []
    known = (listed or {}).get(name)
    if known is None or checkup.is_usable(known):
        _, runs, flows = checkup.sandbox_checks(name)
        readings.append(await _listing(service, name, "runs", check=runs))
        readings.append(await _listing(service, name, "flows", check=flows))
    is_readable = any(one.state is State.OK for one in readings)
    sheet.note(checkup.sandbox_found(name, listed, is_readable=is_readable))
    for finding in readings:
        sheet.note(finding)


async def _listing(service: FlowService, name: SandboxName, what: str, *, check: str) -> Finding:
    try:
        await service.try_listing(name, what)
    except CannotGoOn as error:
        return checkup.failed(check, error)
    return checkup.ok(check, "can be listed")
