"""The small version of ``python -m tests.load``: four people share a server, nothing goes wrong, nobody waits long."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.load.people import meeting
from tests.load.served import SAMPLE, Served, add_sample
from tests.load.tab import LoadError, Tab, run


@pytest.mark.skipif(sys.platform != "linux", reason="reads processor time and memory from /proc")
def test_a_few_people_at_one_server(tmp_path: Path) -> None:
    add_sample(tmp_path)

    async def work(port: int) -> list[float]:
        async with Tab(port, f"workspace={SAMPLE}&lang=en") as tab:  # the first page of a server loads the libraries
            await tab.choose("window", ["3 months"])
            assert "window=3m" in tab.query
            await tab.leave()
            await tab.come_back()
            assert "window=3m" in tab.query, "the session was there again"
            seen = await meeting(port, [SAMPLE], 4, 8, seed=1, looks=(0.5, 1.5))
        assert not seen.errors
        return [seconds for _, _, seconds in seen.clicks]

    with Served(tmp_path) as server:
        waited = run(work(server.port))
        assert not server.errors()
    assert len(waited) >= 4


def test_an_error_on_a_page_is_seen(tmp_path: Path) -> None:
    (tmp_path / "Broken.duckdb").write_bytes(b"no workspace")

    async def look(port: int) -> None:
        async with Tab(port, "workspace=Broken&lang=en"):
            pass

    with Served(tmp_path) as server, pytest.raises(LoadError, match="damaged"):
        run(look(server.port))
