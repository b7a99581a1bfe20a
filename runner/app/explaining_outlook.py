"""Tell a person on a terminal what a plan tells beyond counts; bounded, the rest is in its Markdown summary."""

from runner.model.advice import NOT_THE_PLATFORMS_WORD
from runner.model.failure import Cluster
from runner.model.outlook import Outlook
from runner.model.text import brief, counted, duration_text, shortened
from runner.plan import advice_in_words, flows_in_words, sources_in_words
from runner.progress import Table, aligned

_MOST_LINES = 10
_LONGEST_EXAMPLE = 90


def outlook_parts(outlook: Outlook) -> list[str]:
    """Return the paragraphs: how the runs failed, what to expect, whose source seems broken, what it loads."""
    parts = [_clusters(outlook), _advice(outlook), _sources(outlook), _loads(outlook)]
    return [part for part in parts if part]


def _clusters(outlook: Outlook) -> str:
    shown = outlook.clusters[:_MOST_LINES]
    if not shown:
        return ""
    rows = [(each.name, flows_in_words(each, quoted=False), each.runs) for each in shown]
    table = Table(title="", headings=("failed as", "flows", "runs"), rows=tuple(rows))
    lines = [aligned(table).rstrip("\n"), *map(_example, shown)]
    if rest := outlook.cluster_count - len(shown):
        lines.append(f"and {counted(rest, 'more cluster')}")
    return "\n".join(lines)


def _example(cluster: Cluster) -> str:
    return brief(f"{cluster.name}: {shortened(cluster.example, longest=_LONGEST_EXAMPLE)}")


def _advice(outlook: Outlook) -> str:
    advised = [(c, c.advice) for c in outlook.clusters[:_MOST_LINES] if c.advice]
    lines = [brief(f"{cluster.name}: {advice_in_words(advice)}") for cluster, advice in advised]
    return "\n".join([f"What to expect ({NOT_THE_PLATFORMS_WORD}):", *lines]) if lines else ""


def _sources(outlook: Outlook) -> str:
    broken = outlook.sources.broken
    lines = sources_in_words(outlook.sources)
    lines += [
        f"{source.flow_name or source.flow_id}: run {source.run_id} failed with {source.error_code}"
        for source in broken[:_MOST_LINES]
    ]
    if (rest := len(broken) - _MOST_LINES) > 0:
        lines.append(f"and {counted(rest, 'more flow')}")
    return "\n".join(map(brief, lines))


def _loads(outlook: Outlook) -> str:
    rows = tuple(
        (
            each.name,
            each.runs,
            duration_text(each.seconds),
            each.per_hour,
            "unknown" if each.running is None else f"{each.running:,}",
        )
        for each in outlook.forecast.sandboxes
        if each.runs
    )
    headings = ("sandbox", "runs", "takes at least", "fullest hour", "running at once")
    return aligned(Table(title="", headings=headings, rows=rows)).rstrip("\n") if rows else ""
