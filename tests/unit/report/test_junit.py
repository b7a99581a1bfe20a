"""``junit.xml`` in the format's own terms: what its readers allow, count, add up, and show as names."""

import io
import re
from collections import Counter
from collections.abc import Callable
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner.report.junit_file import write_junit

Make = Callable[..., Any]
MINUTE_MS = 60_000
DAY_MS = 24 * 60 * MINUTE_MS
TWO_O_CLOCK_MS = 1_795_140_000_000

# What the schema of Jenkins' xunit plugin (junit-10.xsd) allows, as far as we write it: attributes that must be there,
# those that may be, and the elements inside, in the order that Ant's format gives them.
COUNTS = {"tests", "failures", "errors"}
ALLOWED: dict[str, tuple[set[str], set[str], str]] = {
    "testsuites": (set(), {"name", "time", *COUNTS}, r"(testsuite )*"),
    "testsuite": (
        {"name", *COUNTS},
        {"time", "skipped", "timestamp", "hostname", "id", "package"},
        r"(properties )?(testcase )*(system-out )?(system-err )?",
    ),
    "properties": (set(), set(), r"(property )*"),
    "property": ({"name", "value"}, set(), ""),
    "testcase": (
        {"name"},
        {"classname", "time"},
        r"((skipped|error|failure) )*(system-out )?(system-err )?",
    ),
    **dict.fromkeys(("skipped", "error", "failure"), (set(), {"type", "message"}, "")),
    **dict.fromkeys(("system-out", "system-err"), (set(), set(), "")),
}
HOLDS_WORDS = {"skipped", "error", "failure", "system-out", "system-err"}


def document(source: Any) -> ET.Element:
    file = io.StringIO(newline="")
    write_junit(source, file)
    return ET.fromstring(file.getvalue())


def check(element: ET.Element) -> None:
    """Hold an element, and all inside it, to what the schema allows."""
    needed, optional, inside = ALLOWED[element.tag]
    assert needed <= set(element.keys()) <= needed | optional, element.attrib
    assert re.fullmatch(inside, "".join(f"{child.tag} " for child in element)), element.tag
    assert element.tag in HOLDS_WORDS or not (element.text or "").strip()
    for name in COUNTS | {"skipped"}:
        assert re.fullmatch(r"[0-9]+", element.get(name, "0"))
    assert re.fullmatch(r"[0-9]+\.[0-9]{3}", element.get("time", "0.000"))
    assert re.fullmatch(
        r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d", element.get("timestamp", "2026-11-20T02:00:00")
    )
    for child in element:
        check(child)


def milliseconds(element: ET.Element) -> int:
    return int(element.get("time", "").replace(".", ""))


@pytest.mark.parametrize("which", ["usual", "hostile", "empty", "unfinished"])
def test_it_holds_only_what_the_readers_schema_allows(
    which: str, source: Any, hostile_source: Any, source_of: Make, row: Make
) -> None:
    sources = {
        "usual": source,
        "hostile": hostile_source,
        "empty": source_of(),
        "unfinished": source_of(row(1), finished_at_ms=None, exit_code=None),
    }

    root = document(sources[which])

    assert root.tag == "testsuites"
    check(root)


@pytest.mark.parametrize("which", ["usual", "hostile"])
def test_its_counts_are_the_counts_of_its_cases(
    which: str, source: Any, hostile_source: Any
) -> None:
    root = document(source if which == "usual" else hostile_source)

    assert [suite.get("name") for suite in root] == ["prod", "stage"]
    for scope in (root, *root):
        counted = [len(list(scope.iter(tag))) for tag in ("testcase", "failure", "error")]
        assert counted == [int(scope.get(name, "")) for name in ("tests", "failures", "errors")]
    for suite in root:
        assert len(list(suite.iter("skipped"))) == int(suite.get("skipped", ""))


def test_it_says_what_is_wrong_with_each_run(source: Any) -> None:
    root = document(source)

    found = {
        case.get("name"): [(child.tag, child.get("type"), child.get("message")) for child in case]
        for case in root.iter("testcase")
    }
    assert found == {
        "S3 orders · run old-1": [("system-out", None, None)],
        "S3 orders · run old-2": [
            (
                "failure",
                "failed_again",
                (
                    "the new run new-2 has not recovered: failed_again: "
                    "CONNECTOR-1001-500 (the same as before)"
                ),
            )
        ],
        "S3 orders · run old-3": [("failure", "refused", "refused: 1388-400 flow is disabled")],
        "S3 orders · run old-4": [
            ("failure", "gave_up", "gave_up: HTTP 429 on the last of 5 attempts")
        ],
        "S3 orders · run old-5": [("error", "unresolved", "unresolved: no answer within 75s")],
        "S3 orders · run old-6": [("skipped", None, "not_attempted")],
        "S3 orders · run old-7": [("skipped", None, "not settled")],
        "S3 orders · run old-8": [("skipped", None, "skipped: benign_duplicate")],
    }


def test_a_sandbox_the_plan_does_not_name_gets_a_suite_of_its_own(
    source_of: Make, row: Make
) -> None:
    root = document(source_of(row(1, sandbox="other")))

    assert [(suite.get("name"), suite.get("tests")) for suite in root] == [
        ("prod", "0"),
        ("stage", "0"),
        ("other", "1"),
    ]


@pytest.mark.parametrize(
    ("start_ms", "end_ms", "name"),
    [
        (0, 60 * MINUTE_MS, "S3 orders 2026-11-20 02:00–03:00 · run old-1"),
        (0, 90_000, "S3 orders 2026-11-20 02:00:00–02:01:30 · run old-1"),
        (0, DAY_MS, "S3 orders 2026-11-20 02:00–2026-11-21 02:00 · run old-1"),
        (0, None, "S3 orders from 2026-11-20 02:00 · run old-1"),
        (None, 0, "S3 orders until 2026-11-20 02:00 · run old-1"),
        (None, None, "S3 orders · run old-1"),
    ],
)
def test_a_name_says_which_flow_which_span_of_data_and_which_run(
    start_ms: int | None, end_ms: int | None, name: str, source_of: Make, row: Make
) -> None:
    ends = [None if ms is None else TWO_O_CLOCK_MS + ms for ms in (start_ms, end_ms)]

    root = document(source_of(row(1, window_start_ms=ends[0], window_end_ms=ends[1])))

    assert [case.get("name") for case in root.iter("testcase")] == [name]


def test_a_flow_without_a_name_is_called_by_its_id_and_one_nobody_knows_so(
    source_of: Make, row: Make
) -> None:
    root = document(source_of(row(1, flow_name=""), row(2, flow_name="", flow_id="")))

    assert [case.get("name") for case in root.iter("testcase")] == [
        "c0cb4b5b-0001 · run old-1",
        "unknown flow · run old-2",
    ]


def test_viewers_find_no_package_in_a_class_and_no_name_twice_in_it(
    source_of: Make, row: Make
) -> None:
    names = ["s3.orders.v1.2", "s3·orders·v1·2", "x" * 5_000, "x" * 5_001, "...", "a. b"]
    rows = [row(number, flow_name=name) for number, name in enumerate(names)]

    cases = list(document(source_of(*rows)).iter("testcase"))

    assert not any("." in case.get("classname", "") for case in cases)
    assert cases[0].get("classname") == "prod: s3·orders·v1·2"
    assert "s3.orders.v1.2" in cases[0].get("name", "")
    assert max(Counter((case.get("classname"), case.get("name")) for case in cases).values()) == 1
    assert all(case.get("name", "").endswith(f"run old-{n}") for n, case in enumerate(cases))


COMMANDS = ("::error::x", "  ::add-mask::y", "##vso[task.complete]", "##teamcity[x]", "##[error]z")


@pytest.mark.parametrize("command", COMMANDS)
def test_neither_a_line_nor_a_value_is_a_build_servers_command(
    command: str, source_of: Make, row: Make
) -> None:
    fields = ("sandbox", "flow_name", "flow_id", "old_run_id", "reason", "old_status", "new_run_id")
    rows = [
        row(number, outcome=outcome, **dict.fromkeys(fields, command))
        for number, outcome in enumerate(("refused", "retriggered", "skipped", "unresolved", ""))
    ]
    file = io.StringIO(newline="")
    write_junit(source_of(*rows, reason=command, spec_name=command, host=command), file)

    said = file.getvalue().splitlines()
    for element in ET.fromstring(file.getvalue()).iter():
        said += [*element.attrib.values(), *(element.text or "").splitlines()]
    for line in said:
        assert not line.lstrip().startswith("::"), line
        assert not re.search(r"##[A-Za-z]*\[", line), line


spans = st.tuples(st.none() | st.integers(0, 10**7), st.none() | st.integers(0, 10**7))


@given(
    spans=st.lists(spans, min_size=1, max_size=12),
    took=st.integers(0, 10**9),
    in_stage=st.sets(st.integers(0, 11)),
)
def test_the_times_of_cases_add_up_to_suites_and_these_to_what_was_worked(
    spans: list[tuple[int | None, int | None]],
    took: int,
    in_stage: set[int],
    source_of: Make,
    row: Make,
) -> None:
    rows = [
        row(
            number,
            sandbox="stage" if number in in_stage else "prod",
            asked_at_ms=asked,
            settled_at_ms=settled,
        )
        for number, (asked, settled) in enumerate(spans)
    ]

    root = document(
        source_of(*rows, started_at_ms=0, finished_at_ms=took, exit_code=None),
    )

    assert [sum(map(milliseconds, suite.iter("testcase"))) for suite in root] == [
        milliseconds(suite) for suite in root
    ]
    assert sum(map(milliseconds, root)) == milliseconds(root)
    assert milliseconds(root) == took


def test_a_run_that_took_longer_has_more_of_the_duration(source_of: Make, row: Make) -> None:
    quick = row(1, asked_at_ms=1_000, settled_at_ms=2_000)
    slow = row(2, asked_at_ms=1_000, settled_at_ms=4_000)
    skipped = row(3, outcome="skipped", asked_at_ms=None, settled_at_ms=None)

    root = document(source_of(quick, slow, skipped, started_at_ms=0, finished_at_ms=10_000))

    assert [case.get("time") for case in root.iter("testcase")] == ["2.500", "7.500", "0.000"]
    assert "settled after 3.000 s" in (list(root.iter("system-out"))[1].text or "")


def test_a_clock_that_went_back_gives_no_negative_time(source_of: Make, row: Make) -> None:
    back, forth = row(1, asked_at_ms=10, settled_at_ms=5), row(2, asked_at_ms=10, settled_at_ms=11)

    root = document(source_of(back, forth))

    assert [case.get("time") for case in root.iter("testcase")] == ["0.000", "90.000"]


def test_an_execution_without_runs_took_no_time_that_a_case_could_have(source_of: Make) -> None:
    assert {suite.get("time") for suite in document(source_of()).iter("testsuite")} == {"0.000"}
