"""The files of one execution, whole: compared with the expected ones beside this module, and read by real readers."""

import csv
import io
import json
import re
from collections.abc import Callable, Iterator, Sequence
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from runner.model.cell import cell_text
from runner.model.report import ResultRow
from runner.model.words import OutcomeKind, Recovery, ReportFormat
from runner.report import FILE_NAMES, write_reports
from runner.report.columns import COLUMNS
from runner.report.csv_file import write_csv
from runner.report.html_file import MOST_ROWS, write_html
from runner.report.json_file import write_json
from runner.report.junit_file import write_junit
from runner.report.markdown_file import (
    MOST_DUPLICATED,
    MOST_REASONS,
    MOST_UNRESOLVED,
    write_markdown,
)
from runner.resources import schema_text

EXPECTED = Path(__file__).parent / "expected"
Make = Callable[..., Any]
ALLOWED_TAGS = frozenset(
    [
        "h1",
        "h2",
        "p",
        "table",
        "thead",
        "tbody",
        "tr",
        "th",
        "td",
        "code",
        "a",
        "ul",
        "li",
        "strong",
    ]
)


def text_of(write: Callable[[Any, Any], None], source: Any) -> str:
    file = io.StringIO(newline="")
    write(source, file)
    return file.getvalue()


@pytest.fixture
def schema() -> Any:
    return json.loads(schema_text("report"))


@pytest.mark.parametrize(
    "name", ["results.csv", "results.json", "summary.md", "report.html", "junit.xml"]
)
@pytest.mark.parametrize("which", ["usual", "hostile"])
def test_a_file_is_exactly_the_expected_one(
    name: str, which: str, source: Any, hostile_source: Any, tmp_path: Path
) -> None:
    chosen = source if which == "usual" else hostile_source

    write_reports(chosen, directory=tmp_path / "out", formats=tuple(ReportFormat))

    written = (tmp_path / "out" / name).read_bytes().decode()
    assert written.split("</style>")[-1] == (EXPECTED / which / name).read_bytes().decode()


def test_the_folder_holds_what_was_asked_for_with_the_events_and_the_spec(
    source: Any, tmp_path: Path
) -> None:
    paths = write_reports(
        source, directory=tmp_path / "out", formats=[ReportFormat.JSON, ReportFormat.CSV]
    )

    assert [path.name for path in paths] == [
        "results.csv",
        "results.json",
        "events.jsonl",
        "spec.yaml",
    ]
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == sorted(
        path.name for path in paths
    )
    assert (tmp_path / "out" / "events.jsonl").read_bytes() == (
        b'{"n":1,"what":"started"}\n{"n":2,"what":"finished"}\n'
    )
    assert (tmp_path / "out" / "spec.yaml").read_bytes() == source.execution.spec_text.encode()


def test_every_format_has_a_file_name() -> None:
    assert set(FILE_NAMES) == set(ReportFormat)


def test_runs_that_were_re_triggered_elsewhere_too_are_listed_everywhere(
    source_of: Make, row: Make, schema: Any
) -> None:
    rows = [row(n, duplicated_by=f"other-{n}, third-{n}" if n % 2 else "") for n in range(1, 402)]
    source = source_of(*rows, working_folder="/home/maria", journal_place="j.db", planned=401)

    (first, *_) = csv.DictReader(io.StringIO(text_of(write_csv, source), newline=""))
    assert first["duplicated_by"] == "other-1, third-1"
    document = json.loads(text_of(write_json, source))
    jsonschema.validate(document, schema)
    assert document["totals"]["duplicated"] == 201
    assert document["rows"][0]["duplicated_by"] == "other-1, third-1"
    page = text_of(write_markdown, source)
    assert (
        "401 of 401 planned runs re-triggered (401 recovered), 201 re-triggered elsewhere too."
        in page
    )
    assert page.count("| `old-") == MOST_DUPLICATED
    assert "| `old-1` | `new-1` | `other-1, third-1` |" in page
    assert "… and 151 more; `results.csv` has them all." in page
    html = text_of(write_html, source)
    assert "1 more are in results.csv." in html
    assert html.index("other-401, third-401") < html.index("<bdi>old-2</bdi>")  # they come first
    junit = text_of(write_junit, source)
    assert 'tests="401" failures="201"' in junit
    assert 'duplicated by other-1, third-1" type="duplicated">' in junit


def test_a_command_is_told_whole_however_long_its_paths_are(source_of: Make, row: Make) -> None:
    folder, spec = "/home/" + "f" * 700, "s" * 700 + ".yaml"
    source = source_of(
        row(1, outcome="not_attempted"), state="stopped", working_folder=folder, applied=spec
    )

    for write in (write_markdown, write_html):
        page = text_of(write, source)
        assert f"retrigger apply {spec}" in page
        assert folder in page


def test_the_same_source_gives_the_same_bytes(source: Any, tmp_path: Path) -> None:
    first = write_reports(source, directory=tmp_path / "a", formats=tuple(ReportFormat))
    second = write_reports(source, directory=tmp_path / "b", formats=tuple(ReportFormat))

    assert [path.read_bytes() for path in first] == [path.read_bytes() for path in second]


def test_a_failing_source_leaves_every_old_file_as_it_was(source: Any, tmp_path: Path) -> None:
    class Failing:
        execution = source.execution
        tallies = source.tallies
        events = source.events
        worst_flows = source.worst_flows
        sessions = source.sessions

        def rows(self) -> Iterator[ResultRow]:
            yield next(source.rows())
            raise RuntimeError

    paths = write_reports(source, directory=tmp_path / "out", formats=[ReportFormat.CSV])
    before = {path.name: path.read_bytes() for path in paths}

    with pytest.raises(RuntimeError):
        write_reports(Failing(), directory=tmp_path / "out", formats=[ReportFormat.CSV])

    assert {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()} == before


def test_the_columns_are_the_contract() -> None:
    assert COLUMNS == (
        "execution_id",
        "sandbox",
        "flow_id",
        "flow_name",
        "old_run_id",
        "old_etag",
        "old_status",
        "old_error_code",
        "outcome",
        "reason",
        "evidence",
        "new_run_id",
        "new_etag",
        "new_status",
        "recovery",
        "records_in",
        "records_out",
        "attempts",
        "http_status",
        "request_id",
        "wave",
        "asked_at",
        "settled_at",
        "duplicated_by",
    )


any_text = st.text(st.characters(exclude_categories=())) | st.text(
    st.sampled_from("=+-@;,\"'\r\n\t a\x00")
)
TEXT_FIELDS = (
    "flow_name",
    "old_run_id",
    "old_etag",
    "old_error_code",
    "reason",
    "new_status",
    "request_id",
)


@given(texts=st.lists(st.lists(any_text, min_size=7, max_size=7), max_size=3))
def test_what_a_csv_reader_reads_back_is_harmless(
    texts: list[list[str]], source_of: Make, row: Make
) -> None:
    rows = [row(n, **dict(zip(TEXT_FIELDS, each, strict=True))) for n, each in enumerate(texts)]

    read = list(
        csv.DictReader(io.StringIO(text_of(write_csv, source_of(*rows)), newline=""), strict=True)
    )

    assert len(read) == len(rows)
    for line in read:
        assert tuple(line) == COLUMNS
        for value in line.values():
            assert value.strip()[:1] not in set("=+-@＝＋－＠−")
            assert not any(sign < " " or "\x7f" <= sign < "\xa0" for sign in value)


@given(etag=st.from_regex(r'(W/)?"[0-9a-f-]{1,40}"', fullmatch=True), number=st.integers(0, 10**15))
def test_etags_and_numbers_come_back_as_they_were(
    etag: str, number: int, source_of: Make, row: Make
) -> None:
    source = source_of(row(1, old_etag=etag, new_etag=etag, records_in=number, records_out=None))

    (read,) = csv.DictReader(io.StringIO(text_of(write_csv, source), newline=""))

    assert (read["old_etag"], read["new_etag"]) == (etag, etag)
    assert (read["records_in"], read["records_out"]) == (str(number), "")


@given(texts=st.lists(any_text, min_size=7, max_size=7))
def test_every_text_of_a_row_is_read_back_from_its_cell(
    texts: list[str], source_of: Make, row: Make
) -> None:
    told = dict(zip(TEXT_FIELDS, texts, strict=True))

    (read,) = csv.DictReader(
        io.StringIO(text_of(write_csv, source_of(row(1, **told))), newline=""), strict=True
    )

    assert {name: cell_text(read[name]) for name in TEXT_FIELDS} == told


@pytest.mark.parametrize("write", [write_csv, write_json, write_markdown, write_html, write_junit])
@pytest.mark.parametrize("command", ["##vso[task.complete]", "##teamcity[x]", "###[error]y"])
def test_no_line_of_any_report_is_a_build_servers_command(
    command: str, write: Any, source_of: Make, row: Make
) -> None:
    rows = [
        row(number, outcome=outcome, **dict.fromkeys(TEXT_FIELDS, f"::{command}"))
        for number, outcome in enumerate(("refused", "retriggered", "skipped", "unresolved", ""))
    ]
    source = source_of(*rows, reason=command, spec_name=command, host=command, ticket=command)

    for line in text_of(write, source).splitlines():
        assert not re.search(r"##[A-Za-z]*\[", line), line
        assert not line.lstrip().startswith("::"), line


def test_an_execution_without_rows_still_has_a_header(source_of: Make) -> None:
    assert text_of(write_csv, source_of()) == ",".join(COLUMNS) + "\r\n"


@pytest.mark.parametrize("which", ["usual", "hostile", "empty"])
def test_the_json_is_valid_against_its_schema(
    which: str, schema: Any, source: Any, hostile_source: Any, source_of: Make
) -> None:
    chosen = {
        "usual": source,
        "hostile": hostile_source,
        "empty": source_of(finished_at_ms=None, exit_code=None),
    }

    document = json.loads(text_of(write_json, chosen[which]))

    jsonschema.Draft202012Validator(schema).validate(document)
    assert len(document["rows"]) == len(list(chosen[which].rows()))


@given(text=any_text)
def test_text_in_json_is_verbatim_and_the_file_plain_ascii(
    text: str, source_of: Make, row: Make
) -> None:
    written = text_of(write_json, source_of(row(1, outcome="refused", reason=text)))

    assert json.loads(written)["rows"][0]["reason"] == text
    assert all(" " <= sign <= "~" or sign == "\n" for sign in written)


def test_json_has_one_row_a_line(source: Any) -> None:
    lines = text_of(write_json, source).splitlines()

    assert sum(line.startswith('{"execution_id":') for line in lines) == 8


def properties_of(node: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(node, dict):
        if isinstance(node.get("properties"), dict):
            yield from node["properties"].items()
        for value in node.values():
            yield from properties_of(value)
    elif isinstance(node, list):
        for value in node:
            yield from properties_of(value)


def test_every_property_of_the_schema_is_explained_with_an_example_that_holds(schema: Any) -> None:
    jsonschema.Draft202012Validator.check_schema(schema)

    for name, node in properties_of(schema):
        assert node.get("title"), name
        assert node.get("description"), name
        for example in node["examples"]:
            jsonschema.Draft202012Validator({**node, "$defs": schema["$defs"]}).validate(example)


def test_the_schema_knows_our_words_and_our_columns(schema: Any) -> None:
    row = schema["$defs"]["row"]

    assert tuple(row["properties"]) == COLUMNS
    assert row["properties"]["outcome"]["enum"] == [*(kind.value for kind in OutcomeKind), ""]
    assert row["properties"]["recovery"]["enum"] == [*(word.value for word in Recovery), ""]


def test_the_page_for_people_is_capped_and_says_so(source_of: Make, row: Make) -> None:
    rows = [row(number) for number in range(MOST_ROWS + 7)]
    refused = row(9_999, outcome="refused", recovery="", reason="no")

    page = text_of(write_html, source_of(*rows, refused))

    assert page.count("<time ") == MOST_ROWS
    assert "8 more are in results.csv." in page
    assert page.index("old-9999") < page.index("old-0<")


def test_the_page_runs_nothing_and_loads_nothing(hostile_source: Any) -> None:
    page = text_of(write_html, hostile_source)

    assert "<script" not in page
    assert "default-src 'none'; style-src 'unsafe-inline'" in page
    assert "javascript:" not in "".join(part.split('"')[0] for part in page.split('href="')[1:])
    assert "src=" not in page
    assert "@import" not in page
    assert not set(page) & set("\x00\x1b\x07\u202e\ud800")


def test_long_lists_of_the_summary_are_cut_and_say_so(source_of: Make, row: Make) -> None:
    refused = [row(n, outcome="refused", reason=f"reason {n:02d}") for n in range(MOST_REASONS + 3)]
    unresolved = [
        row(n, outcome="unresolved", reason="x" * 400) for n in range(MOST_UNRESOLVED + 5)
    ]

    page = text_of(write_markdown, source_of(*refused, *unresolved))

    assert "… and 3 more reasons (3 runs); `results.csv` has them all." in page
    assert "… and 5 more; `results.csv` has them all." in page
    assert page.count("`" + "x" * 299 + "…`") == 1 + MOST_UNRESOLVED  # counted, then listed
    assert "x" * 300 not in page


def test_a_summary_without_rows_has_a_headline_and_no_tables(source_of: Make) -> None:
    page = text_of(write_markdown, source_of(planned=0, passed_over=0))

    assert "0 of 0 planned runs re-triggered." in page
    assert "## " not in page


def test_rows_are_not_passed_over_a_second_time_when_nothing_is_unresolved(
    source_of: Make, row: Make
) -> None:
    inner = source_of(row(1))

    class Counting:
        execution = inner.execution
        passes = 0

        def rows(self) -> Iterator[ResultRow]:
            self.passes += 1
            return inner.rows()  # type: ignore[no-any-return]  # a fixture's value

        def tallies(self) -> Sequence[Any]:
            return inner.tallies()  # type: ignore[no-any-return]  # likewise

        def events(self) -> Iterator[str]:
            return iter(())

        worst_flows = inner.worst_flows
        sessions = inner.sessions

    counting = Counting()
    text_of(write_markdown, counting)

    assert counting.passes == 0


class Tags(HTMLParser):
    """Collects the tags, links and words of a rendered page."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.links: set[str | None] = set()
        self.words = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.links.update(value for name, value in attrs if name in ("href", "src"))

    def handle_data(self, data: str) -> None:
        self.words += data


def test_a_rendered_summary_holds_hostile_words_as_mere_words(
    hostile_source: Any, source_of: Make, row: Make
) -> None:
    nasty = "\\|<img src=x onerror=y> ![a](//evil) **b** `c` </code><script>"
    rows = [row(1, outcome="unresolved", reason=nasty, flow_name=nasty)]
    pages = [text_of(write_markdown, each) for each in (hostile_source, source_of(*rows))]

    for page in pages:
        found = Tags()
        found.feed(MarkdownIt("commonmark").enable("table").render(page))
        assert found.tags <= ALLOWED_TAGS
        assert found.links <= {
            "https://platform.adobe.io",
            "https://tickets.example.com/INC-2041",
            "https://ci.example.com/jobs/81",
        }
    assert found.words.count(nasty) == 2


def test_a_single_sandbox_needs_no_sum_in_the_summary(source_of: Make, row: Make) -> None:
    one_sandbox = source_of(row(1)).execution.sandboxes[:1]

    page = text_of(write_markdown, source_of(row(1), sandboxes=one_sandbox))

    assert "| `prod` | 1 | 1 |" in page
    assert "**all**" not in page


def test_an_unfinished_execution_says_so_and_has_no_duration(source_of: Make, row: Make) -> None:
    source = source_of(row(1), finished_at_ms=None, exit_code=None, state="running")

    page = text_of(write_markdown, source)

    assert "| Finished at | not yet |" in page
    assert "Duration" not in page
    assert "Exit code" not in page


def test_words_without_end_are_cut_where_people_read_and_whole_where_programs_do(
    source_of: Make, row: Make
) -> None:
    endless = "x" * 1_000_000
    facts = dict.fromkeys(["spec_name", "reason", "host", "who", "stopped_because"], endless)
    words = dict.fromkeys(["flow_name", "reason", "old_error_code", "request_id"], endless)
    rows = [row(1, outcome="unresolved", **words), row(2, outcome="refused", **words)]
    link = "https://tickets.example.com/" + endless
    source = source_of(*rows, sandboxes=(), ticket=link, **facts)

    for write in (write_markdown, write_html, write_junit):
        assert len(text_of(write, source)) < 50_000, write
    cells = list(csv.reader(io.StringIO(text_of(write_csv, source))))[1]
    assert max(map(len, cells)) == 32_767
    whole = json.loads(text_of(write_json, source))
    assert whole["rows"][0]["flow_name"] == endless
