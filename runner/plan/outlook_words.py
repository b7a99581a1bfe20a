"""What a plan tells beyond counts, in words and in Markdown: clusters, advice, sources that seem broken, alerts.

Pure and bounded. Everything written by others is shown as inline code.
"""

from collections.abc import Iterator, Sequence

from runner.model.advice import NOT_THE_PLATFORMS_WORD, Advice
from runner.model.failure import Cluster
from runner.model.markdown import markdown
from runner.model.outlook import BrokenSource, Outlook, SourceLook
from runner.model.text import counted, person_time, shortened

MOST_LINES = 20
_LONGEST_EXAMPLE = 160
_LONGEST_NAME = 60


def alerts_in_words(runs: int) -> str:
    """Return how many alerts the platform will send: it has one for each start and each end of a batch source's run."""
    if not runs:
        return ""
    return f"up to {runs:,} for starts and {runs:,} for successes or failures, to whoever subscribes to them"


def flows_in_words(cluster: Cluster, *, quoted: bool) -> str:
    """Return the names of a cluster's fullest flows, and how many more there are."""
    names = [shortened(name, longest=_LONGEST_NAME) for name in cluster.flow_names]
    more = cluster.flows - len(names)
    shown = [markdown(name) for name in names] if quoted else names
    return ", ".join([*shown, *([f"{more:,} more"] if more else [])])


def advice_in_words(advice: Advice) -> str:
    """Return advice with where it comes from."""
    return f"{advice.prospect}: {advice.words} ({advice.source})"


def sources_in_words(sources: SourceLook) -> list[str]:
    """Return what the flows' newest runs tell that is not about one flow."""
    lines = []
    if sources.broken:
        lines.append(
            f"The source of {counted(len(sources.broken), 'flow')} is probably still broken: "
            "the newest run that is not in this plan failed with the same error."
        )
    if sources.not_looked_at:
        lines.append(f"Not looked at: the newest runs of {counted(sources.not_looked_at, 'flow')}.")
    return lines


def failures_section(outlook: Outlook) -> Iterator[str]:
    """Return the clusters, largest first, and the advice on them."""
    if not outlook.clusters:
        return
    yield from ("## How they failed", "")
    yield from ("| runs | cluster | flows | example |", "|--:|---|---|---|")
    shown = outlook.clusters[:MOST_LINES]
    for cluster in shown:
        cells = (
            f"{cluster.runs:,}",
            markdown(cluster.name),
            flows_in_words(cluster, quoted=True),
            markdown(shortened(cluster.example, longest=_LONGEST_EXAMPLE)),
        )
        yield f"| {' | '.join(cells)} |"
    yield ""
    if rest := outlook.cluster_count - len(shown):
        yield from (f"… and {counted(rest, 'more cluster')}.", "")
    yield from _advice(shown)


def _advice(clusters: Sequence[Cluster]) -> Iterator[str]:
    advised = [(cluster, cluster.advice) for cluster in clusters if cluster.advice]
    if not advised:
        return
    yield from (f"What to expect ({NOT_THE_PLATFORMS_WORD}):", "")
    for cluster, advice in advised:
        yield f"- {markdown(cluster.name)}: {advice_in_words(advice)}"
    yield ""


def sources_section(sources: SourceLook) -> Iterator[str]:
    """Return the flows whose source is probably still broken."""
    lines = sources_in_words(sources)
    if not lines:
        return
    yield from ("## Sources", "", *lines, "")
    if not sources.broken:
        return
    yield from ("| sandbox | flow | newest run | error | made at |", "|---|---|---|---|---|")
    for source in sources.broken[:MOST_LINES]:
        yield f"| {' | '.join(_source_cells(source))} |"
    yield ""
    if (rest := len(sources.broken) - MOST_LINES) > 0:
        yield from (f"… and {counted(rest, 'more flow')}.", "")


def _source_cells(source: BrokenSource) -> Iterator[str]:
    words = (source.sandbox, source.flow_name or source.flow_id, source.run_id, source.error_code)
    yield from (markdown(shortened(word, longest=_LONGEST_NAME)) for word in words)
    yield person_time(source.created_at_ms)
