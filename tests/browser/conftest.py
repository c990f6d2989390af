"""A real server and a real browser. Skipped without Chromium, except in CI, where that is a failure."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.error import URLError
from urllib.parse import quote

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from funnel.storage import plain
from funnel.storage.connection import connect, log_of
from funnel.storage.store import Store
from funnel.storage.workspaces import open_workspace
from tests.conftest import ROOT
from tests.opening import sample_with_plan

CHROMIUM = next(
    (path for name in ("chromium-headless-shell", "chromium", "google-chrome") if (path := shutil.which(name))), None
)
expect.set_options(timeout=30_000)  # a busy machine is slow; what never comes fails all the same
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(item.fspath).is_relative_to(Path(__file__).parent):
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    if CHROMIUM is None:
        if os.environ.get("CI"):
            pytest.fail("CI has no headless Chromium: install chromium-headless-shell")
        pytest.skip("no headless Chromium on this machine (apt install chromium-headless-shell)")
    if "PYTEST_XDIST_WORKER" in os.environ:  # the folder of all workers; a second browser would be a second server
        (tmp_path_factory.getbasetemp().parent / "browser").touch(exist_ok=False)
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield running
        running.close()


@dataclass
class Server:
    """One ``streamlit run app.py`` with its own data folder."""

    data_dir: Path
    port: int
    script: str = "app.py"
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://localhost:{self.port}"

    def start(self) -> Server:
        command = [
            sys.executable, "-m", "streamlit", "run", self.script, "--server.port", str(self.port),
            "--server.headless", "true",
        ]  # fmt: skip
        env = os.environ | {"FUNNEL_DATA_DIR": str(self.data_dir)}
        self.process = subprocess.Popen(
            command, cwd=ROOT, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            try:
                with urllib.request.urlopen(f"{self.url}/_stcore/health", timeout=1) as answer:
                    if answer.status == 200:
                        return self
            except (URLError, ConnectionError, TimeoutError):
                time.sleep(0.2)
        raise TimeoutError(f"no server at {self.url} after 60 s")

    def stop(self, hard: bool = False) -> None:
        if self.process is not None:
            (self.process.kill if hard else self.process.terminate)()
            self.process.wait(timeout=20)
            self.process = None


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def stopped(tmp_path: Path, browser: Browser) -> Iterator[Server]:
    """A server with an empty data folder that the test starts (and stops) itself."""
    waiting = Server(tmp_path / "workspaces", free_port())
    yield waiting
    waiting.stop()


@pytest.fixture
def server(stopped: Server) -> Server:
    """A freshly started server with an empty data folder."""
    return stopped.start()


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory, browser: Browser) -> Iterator[Server]:
    """One server for the tests that neither stop it nor need it fresh; each works in a workspace of its own."""
    running = Server(tmp_path_factory.mktemp("shared") / "workspaces", free_port()).start()
    yield running
    running.stop()


@dataclass
class Workspace:
    """A workspace of the shared server."""

    server: Server
    name: str
    path: Path

    def url(self, page: str = "", **params: str) -> str:
        said = "".join(f"&{key}={quote(value)}" for key, value in params.items())
        return f"{self.server.url}/{page}?workspace={quote(self.name)}{said}"


def put(server: Server, made: Path, called: str) -> Workspace:
    """A copy of a workspace's file under a name that no other has, laid whole into the folder of a running server."""
    name = f"{called} {uuid.uuid4().hex[:8]}"
    server.data_dir.mkdir(parents=True, exist_ok=True)
    building, path = server.data_dir / f".new-{uuid.uuid4().hex}", server.data_dir / f"{name}.duckdb"
    shutil.copyfile(made, building)
    connection = connect(building)
    try:
        connection.execute("UPDATE workspace SET value = ? WHERE key = 'name'", [plain.dumps(name)])
    finally:
        connection.close()
    building.rename(path)
    return Workspace(server, name, path)


@contextmanager
def as_stored(path: Path, aside: Path) -> Iterator[Store]:
    """What is stored of a workspace, whether a server has it open or not: read from a copy in the folder ``aside`` of
    its file and its log as they stand on the disk, which is what a killed server would leave."""
    copy = aside / f"{uuid.uuid4().hex}.duckdb"
    shutil.copyfile(path, copy)
    if log_of(path).exists():
        shutil.copyfile(log_of(path), log_of(copy))
    store = open_workspace(copy)
    try:
        yield store
    finally:
        store.close()


@pytest.fixture
def sample(shared: Server) -> Workspace:
    """The sample and its plan, as *Try the sample* makes it, in a workspace that no other test sees."""
    return put(shared, sample_with_plan(), "Sample")


@pytest.fixture(scope="session")
def looked_at(shared: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    """The sample for tests that only look: the server reads and counts it once for all of them."""
    workspace = put(shared, sample_with_plan(), "Sample")
    aside = tmp_path_factory.mktemp("looked at")
    with as_stored(workspace.path, aside) as store:
        before = store.versions()
    yield workspace
    with as_stored(workspace.path, aside) as store:
        assert store.versions() == before, "a test that writes needs a workspace of its own"


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page of an English browser, 1280 px wide."""
    context = browser.new_context(locale="en-US", viewport={"width": 1280, "height": 900})
    context.set_default_timeout(60_000)
    opened = context.new_page()
    yield opened
    context.close()


def settled(page: Page) -> None:
    """Wait until Streamlit has finished its run."""
    page.wait_for_selector('[data-testid="stApp"][data-test-script-state="notRunning"]', timeout=60_000)


def chinese(page: Page) -> None:
    """A page of the application with its sidebar, all of it in Chinese, and nothing in front of it."""
    expect(page.get_by_text("看现状")).to_be_visible()
    expect(page.locator('[data-testid="stSidebar"]').get_by_text("简体中文")).to_be_visible()
    assert page.locator('[data-testid="stDialog"]').count() == 0
    assert "Page not found" not in page.inner_text("body")
    title = page.locator('[data-testid="stMain"] h1').first.inner_text()
    assert any("一" <= letter <= "鿿" for letter in title), page.url
