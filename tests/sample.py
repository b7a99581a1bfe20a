"""Write `reports/sample/` anew: the demo's reports, from a machine and a person of no importance."""

import os
import shutil
import socket
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[1]
SAMPLE = ROOT / "reports" / "sample"


def main() -> None:
    # Before anything of the program is loaded: the sample names neither this machine nor who made it.
    socket.gethostname = lambda: "build-7"
    os.environ["GITHUB_ACTOR"] = "sam"
    Path.cwd = classmethod(lambda cls: cls("/home/sam/incident"))  # type: ignore[method-assign]
    from runner.cli.main import run  # noqa: PLC0415  # see above

    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        assert run(["demo", "--quiet"]) == 0
        (made,) = Path("reports").iterdir()
        shutil.rmtree(SAMPLE, ignore_errors=True)
        SAMPLE.mkdir(parents=True)
        for path in made.iterdir():
            shutil.copyfile(path, SAMPLE / path.name)


if __name__ == "__main__":
    main()
