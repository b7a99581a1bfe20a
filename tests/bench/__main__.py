"""Measure: whole `apply` against plain aiohttp on the same server, in turns, and print the ratio.

The server is a process of its own. A ratio of 1 would mean that verification, a durable journal and reports cost
nothing. The mark is 0.7 without latency; see docs/performance.md.
"""

import argparse
import os
import statistics
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def measured(*words: object) -> float:
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-m", *map(str, words)],
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
        env=environment,
    )
    return float(done.stdout.strip().splitlines()[-1])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=10_000)
    parser.add_argument("--flows", type=int, default=100)
    parser.add_argument("--at-once", type=int, default=32)
    parser.add_argument("--latency-ms", type=float, default=0.0)
    parser.add_argument("--pairs", type=int, default=5)
    given = parser.parse_args()
    stub = [given.runs, given.flows, given.latency_ms / 1000]
    server = subprocess.Popen(
        [sys.executable, "-m", "tests.bench.stub", *map(str, stub)],
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )
    try:
        assert server.stdout is not None
        port = int(server.stdout.readline())
        ratios = []
        for number in range(given.pairs):
            plain = measured("tests.bench.plain", port, given.runs, given.at_once)
            whole = measured("tests.bench.whole", port, given.at_once)
            ratios.append(plain / whole)
            print(  # noqa: T201  # this is what the command is for
                f"pair {number + 1}: plain aiohttp {given.runs / plain:,.0f}/s, apply {given.runs / whole:,.0f}/s, "
                f"ratio {plain / whole:.2f}"
            )
        print(  # noqa: T201  # likewise
            f"median ratio {statistics.median(ratios):.2f} ({given.runs:,} runs of {given.flows} flows, "
            f"{given.at_once} at once, {given.latency_ms:g} ms latency)"
        )
    finally:
        server.terminate()
        server.wait()


if __name__ == "__main__":
    main()
