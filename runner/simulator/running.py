"""How many re-triggered runs were in progress at once: what an execution did to a sandbox. Pure counting."""

from collections import defaultdict

from runner.simulator.world import World


def most_running(world: World) -> dict[str, int]:
    """Return, by sandbox, how many new runs of re-triggers were in progress at the fullest moment."""
    changes: defaultdict[str, list[tuple[int, int]]] = defaultdict(list)
    for number in world.runs.copies:
        of_sandbox = changes[world.flow_of(number).sandbox.name]
        of_sandbox += [(world.runs.created_ms[number], 1), (world.runs.ends_ms[number], -1)]
    return {name: _most(changes[name]) for name in world.sandboxes}


def _most(changes: list[tuple[int, int]]) -> int:
    """Return the highest sum on the way; at one moment ends come before beginnings."""
    running = most = 0
    for _, change in sorted(changes):
        running += change
        most = max(most, running)
    return most
