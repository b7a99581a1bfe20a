"""The whole of `apply` of a plan: reading it, verification, durable intents and outcomes, events, reports."""

import os
import sys
import tempfile
import time
from pathlib import Path

SPEC = """\
version: 1
name: bench
reason: "measuring"
connection:
  platform_url: http://127.0.0.1:{port}
  org_id: org@AdobeOrg
  auth:
    ims_url: http://127.0.0.1:{port}
    client_id: key
    client_secret: ${{BENCH_SECRET}}
limits: {{max_per_second: 10000, max_at_once: {at_once}}}
sandboxes:
  - name: prod
    filters: [{{status: [failed], started: {{from: 2023-01-01T00:00:00Z, to: 2024-01-01T00:00:00Z}}}}]
cap: {{max_runs: 10000000}}
"""


def main(port: int, at_once: int) -> None:
    # The command itself, in this process, so that only its own work is timed and not the interpreter's start.
    from runner.cli.main import run  # noqa: PLC0415  # after the clock's owner is ready

    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        Path("spec.yaml").write_text(SPEC.format(port=port, at_once=at_once), encoding="utf-8")
        assert run(["plan", "spec.yaml", "-o", "plan.jsonl", "--quiet"]) == 0
        started = time.perf_counter()
        assert run(["apply", "plan.jsonl", "--yes", "--quiet"]) == 0
        seconds = time.perf_counter() - started
        print(seconds)  # noqa: T201  # the driver reads it


if __name__ == "__main__":
    os.environ["BENCH_SECRET"] = "secret"
    main(int(sys.argv[1]), int(sys.argv[2]))
