"""``python -m tests.load --people 10 --minutes 5``: how long people wait for a server that they share.

A server is started on a free port with its own data: the sample and a workspace of 250,000 leads. Each person looks
two to ten seconds at a page, then filters, goes to another page, closes the lid and comes back, or opens a new tab.
Printed: half and 95 % of the waits for a page, processor time of the server for each run, errors, memory after the
second minute and at the end. With ``--after`` the server is watched for so many minutes after everybody left.
"""

from __future__ import annotations

import argparse
import asyncio
import platform
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from tests.load.people import LOOKS, Seen, meeting
from tests.load.served import LARGE, SAMPLE, Served, add_large, add_sample

TARGETS = {10: 1.0, 30: 4.0}
"""People → seconds within which 95 % of the pages must be drawn."""
MOST_GROWTH = 1.1
MINUTE_TWO = 120.0


def share(seconds: Sequence[float], part: float) -> float:
    """The value that ``part`` of the seconds do not exceed."""
    ordered = sorted(seconds)
    return ordered[min(len(ordered) - 1, int(part * len(ordered)))]


def table(seen: Seen, cpu: float) -> list[str]:
    """Lines: all clicks, then each kind of click."""
    every = [seconds for _, _, seconds in seen.clicks]
    lines = [
        f"{len(every)} runs, p50 {share(every, 0.5):.2f} s, p95 {share(every, 0.95):.2f} s, longest {max(every):.1f} "
        f"s, {cpu / len(every):.2f} CPU s a run, {len(seen.errors)} errors"
    ]
    for what in sorted({what for what, _, _ in seen.clicks}):
        of_kind = [seconds for one, _, seconds in seen.clicks if one == what]
        lines.append(f"  {what}: {len(of_kind)}, p50 {share(of_kind, 0.5):.2f} s, p95 {share(of_kind, 0.95):.2f} s")
    return lines + [f"  error: {one}" for one in sorted(set(seen.errors))]


async def watched(server: Served, minutes: float, work: asyncio.Task[Seen]) -> tuple[Seen, float | None]:
    """What people saw, and the memory after the second minute (null where they stayed no longer)."""
    at_two = None
    if minutes * 60 > MINUTE_TWO:
        await asyncio.sleep(MINUTE_TWO)
        at_two = server.memory()
    return await work, at_two


async def under_load(server: Served, asked: argparse.Namespace) -> tuple[Seen, float | None]:
    looks = tuple(float(one) for one in asked.looks)
    work = asyncio.create_task(
        meeting(server.port, asked.workspaces, asked.people, asked.minutes * 60, asked.seed, (looks[0], looks[1]))
    )
    return await watched(server, asked.minutes, work)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.load", description=__doc__)
    parser.add_argument("--people", type=int, default=10)
    parser.add_argument("--minutes", type=float, default=5)
    parser.add_argument("--leads", type=int, default=250_000, help="of the large workspace")
    parser.add_argument("--workspaces", nargs="+", default=[SAMPLE, LARGE], choices=[SAMPLE, LARGE])
    parser.add_argument("--looks", nargs=2, default=LOOKS, help="least and most seconds between two clicks")
    parser.add_argument("--after", type=float, default=0, help="minutes to watch the server after everybody left")
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    wrong = []
    with tempfile.TemporaryDirectory(prefix="funnel-load-") as place:
        folder = Path(place)
        add_sample(folder)
        if LARGE in asked.workspaces:
            add_large(folder, asked.leads)
        with Served(folder) as server:
            print(f"{asked.people} people, {asked.minutes:g} minutes, {', '.join(asked.workspaces)}; "
                  f"{platform.machine()}, Python {platform.python_version()}", flush=True)  # fmt: skip
            before = server.cpu()
            seen, at_two = asyncio.run(under_load(server, asked))
            at_end = server.memory()
            print("\n".join(table(seen, server.cpu() - before)))
            print(f"memory: {at_two or at_end:.0f} MB after minute two, {at_end:.0f} MB at the end", flush=True)
            for minute in range(int(asked.after)):
                time.sleep(60)
                print(f"  {minute + 1} minutes after: {server.memory():.0f} MB", flush=True)
            wrong += [*seen.errors, *server.errors()]
    p95 = share([seconds for _, _, seconds in seen.clicks], 0.95)
    if p95 > TARGETS.get(asked.people, p95):
        wrong.append(f"p95 {p95:.2f} s, allowed {TARGETS[asked.people]:g} s")
    if at_two and at_end > MOST_GROWTH * at_two:
        wrong.append(f"memory {at_end:.0f} MB, allowed {MOST_GROWTH * at_two:.0f} MB")
    print(*wrong or ["all targets are met"], sep="\n")
    return bool(wrong)


if __name__ == "__main__":
    sys.exit(main())
