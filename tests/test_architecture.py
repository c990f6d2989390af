"""What holds for the whole house, proven from outside: which module may know what, and what the user may see."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT

FUNNEL = sorted((ROOT / "funnel").rglob("*.py"))
SCREEN = [ROOT / "app.py", *sorted((ROOT / "pages").rglob("*.py"))]


def _imports(path: Path) -> set[str]:
    """Top-level names of everything a file imports, wherever in the file."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module.split(".")[0])
    return found


def test_the_workshop_loads_without_a_screen() -> None:
    """Importing all of ``funnel`` in a fresh process loads neither streamlit nor the slow statistics libraries."""
    modules = [".".join(p.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__") for p in FUNNEL]
    code = (
        "import importlib, sys\n"
        f"for name in {modules!r}: importlib.import_module(name)\n"
        "print(*sorted({m.split('.')[0] for m in sys.modules} & {'streamlit', 'scipy', 'statsmodels', 'pandas'}))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.split() == []


@pytest.mark.parametrize(
    ("library", "home"),
    [
        ("duckdb", "funnel/storage"),
        ("plotly", "funnel/charts"),
        ("scipy", "funnel/metrics/statistics"),
        ("statsmodels", "funnel/metrics/statistics"),
        ("streamlit", "pages"),
    ],
)
def test_a_library_has_one_home(library: str, home: str) -> None:
    users = {str(p.relative_to(ROOT)) for p in [*FUNNEL, *SCREEN] if library in _imports(p)} - {"app.py"}
    assert users
    assert {user for user in users if not user.startswith(home)} == set()


def test_every_page_file_is_listed_and_passes_the_guard_first() -> None:
    """A cold deep link runs the page file alone: its first statement after the imports must be ``enter()``."""
    from pages.shell.navigation import GROUPS

    stems = {stem for pages in GROUPS.values() for stem, _, _ in pages}
    files = {path.stem: path for path in (ROOT / "pages").glob("*.py")}
    assert set(files) == stems
    for stem, path in files.items():
        body = [
            node
            for node in ast.parse(path.read_text(encoding="utf-8")).body
            if not isinstance(node, ast.Import | ast.ImportFrom | ast.FunctionDef | ast.ClassDef)
            and not (isinstance(node, ast.Expr | ast.Assign) and isinstance(node.value, ast.Constant | ast.Tuple))
        ]
        assert ast.unparse(body[0]) == "shell = enter()", stem


def test_no_swallowed_errors() -> None:
    """An ``except Exception`` stands only at the two outer edges, where it is logged and told, or raises again."""
    allowed = {"pages/shell/boundary.py", "pages/shell/jobs.py"}
    wide = {
        str(path.relative_to(ROOT))
        for path in [*FUNNEL, *SCREEN]
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ExceptHandler)
        and (node.type is None or ast.unparse(node.type) in ("Exception", "BaseException"))
        and not isinstance(node.body[-1], ast.Raise)
    }
    assert wide <= allowed


def test_metrics_read_no_clock() -> None:
    for path in (ROOT / "funnel" / "metrics").rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        assert not any(word in text for word in ("datetime.now", "date.today", "time.time", "utcnow")), path.name


def test_every_date_field_says_its_limits() -> None:
    """Streamlit's own are ten years around today: data that ended earlier would end the page."""
    bare = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path in SCREEN
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call)
        and getattr(node.func, "attr", "") == "date_input"
        and not {"min_value", None} & {keyword.arg for keyword in node.keywords}
    ]
    assert bare == []
