"""What all tests share."""

from __future__ import annotations

import gc
import os
from pathlib import Path
from typing import Any

import pytest
from xdist.scheduler import LoadGroupScheduling

# The tables of tests are small and there are many workers: threads that share them out cost more than they win. The
# servers of the browser tests inherit it. Polars reads it when it is imported, so it stands above what brings Polars.
os.environ.setdefault("POLARS_MAX_THREADS", "1")

import tests.examples  # noqa: F401 (the profiles of hypothesis)
from funnel.schema.figures import check_every_rule

# The application asks names and types of its own frames only; here every rule is asked of each of them.
check_every_rule()

TOGETHER = ("tests/browser/", "tests/connect/", "tests/scale/test_cluster.py")
"""How ids of tests begin that one worker runs."""
ROOT = Path(__file__).resolve().parent.parent
REAL_DATA = ROOT.parent / "shared" / "real-data"


@pytest.fixture(scope="module", autouse=True)
def few_objects_to_collect() -> None:
    """Streamlit collects garbage after every run of a page, and so do libraries: what a worker has loaded and keeps is
    taken out of that, as the application does it when it starts."""
    gc.collect()
    gc.freeze()


class _Together(LoadGroupScheduling):
    """Tests that share what is dear (a browser with its server, a cluster, an environment of its own) go to one worker.

    By their paths: pytest-xdist 3.8 writes the mark ``xdist_group`` where pytest 9.2 does not look any more (its issue
    1386), and every test went anywhere.
    """

    def _split_scope(self, nodeid: str) -> str:
        return next((path for path in TOGETHER if nodeid.startswith(path)), nodeid)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> LoadGroupScheduling | None:
    return _Together(config, log) if config.getoption("dist") == "loadgroup" else None


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder of real files that stays outside the repository."""
    if not REAL_DATA.is_dir():
        pytest.skip("the folder ../shared/real-data is not on this machine")
    return REAL_DATA


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """The score of the corpus, when some of it was read: in the controller, where the reports of all workers arrive."""
    from tests.corpus import score

    reports = [report for kind in ("passed", "failed") for report in terminalreporter.stats.get(kind, [])]
    said = [dict(report.user_properties) for report in reports if getattr(report, "when", "") == "call"]
    found = [tuple(properties[score.PROPERTY]) for properties in said if score.PROPERTY in properties]
    if found:
        terminalreporter.section("how the files of the corpus are read")
        for line in score.table(found):
            terminalreporter.write_line(line)
