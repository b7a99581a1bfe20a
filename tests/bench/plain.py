"""The yardstick: the same re-triggers by a plain aiohttp worker pool, which records nothing."""

import asyncio
import sys
import time

import aiohttp

from tests.bench.stub import run_id


async def main(port: int, runs: int, at_once: int) -> None:
    base = f"http://127.0.0.1:{port}/data/foundation/flowservice/runs"
    headers = {
        "Authorization": "Bearer token",
        "x-api-key": "key",
        "x-gw-ims-org-id": "org",
        "x-sandbox-name": "prod",
        "Content-Type": "application/json",
    }
    numbers = iter(range(runs))
    answers: list[str] = []

    async def work(session: aiohttp.ClientSession) -> None:
        for number in numbers:
            url = f"{base}/{run_id(number)}/action?op=re-trigger"
            async with session.post(url, headers=headers) as response:
                answers.append((await response.json())["id"])

    started = time.perf_counter()
    connector = aiohttp.TCPConnector(limit=at_once)
    async with aiohttp.ClientSession(connector=connector) as session:
        await asyncio.gather(*(work(session) for _ in range(at_once)))
    assert len(answers) == runs
    print(time.perf_counter() - started)  # noqa: T201  # the driver reads it


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])))
