"""What holds for the whole house, proven from outside: which module may know what, and what the user may see."""

from __future__ import annotations

import ast
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

from tests.conftest import ROOT

FUNNEL = sorted((ROOT / "funnel").rglob("*.py"))
SCREEN = [ROOT / "app.py", *sorted((ROOT / "pages").rglob("*.py"))]
MOST_LINES, MOST_FILES = 400, 12

CALLED_FROM_OUTSIDE = {
    "compare_steps": "the public way in for an independent check of the comparison",
    "what_if": "one of the four public questions of the outlook, for an independent check",
    "plain_workbook": "a reading worker takes it by name",
    "check_every_rule": "the tests let every rule of a schema be asked",
    "handle_starttag": "html.parser calls it",
    "handle_endtag": "html.parser calls it",
    "unknown_decl": "html.parser calls it",
}
BARE = {20, 0.05, 0.95}
BARE_ALLOWED: dict[str, str] = {}
"""File → why a bare number of ``BARE`` in a comparison is no threshold there."""


@cache
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


def test_files_and_rooms_stay_small() -> None:
    long = {
        str(path): n for path in [*FUNNEL, *SCREEN] if (n := len(path.read_text("utf-8").splitlines())) > MOST_LINES
    }
    assert long == {}
    rooms = {path.parent for path in FUNNEL} - {ROOT / "funnel" / "i18n" / "messages"}  # a file of words per room
    files = {str(room): [p.name for p in sorted(room.glob("*.py")) if p.name != "__init__.py"] for room in rooms}
    assert {room: names for room, names in files.items() if len(names) > MOST_FILES} == {}


def test_each_public_function_of_the_workshop_is_called_by_the_product() -> None:
    """What only a test calls is dead. A constant counts as used when it is read once."""
    trees = {path: ast.parse(path.read_text(encoding="utf-8")) for path in [*FUNNEL, *SCREEN]}
    nodes = [node for tree in trees.values() for node in ast.walk(tree)]
    read = {node.id for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)}
    read |= {node.attr for node in nodes if isinstance(node, ast.Attribute)}
    dead = []
    for path in FUNNEL:
        for node in trees[path].body:
            names = [node.name] if isinstance(node, ast.FunctionDef | ast.ClassDef) else []
            if isinstance(node, ast.ClassDef):
                names += [part.name for part in node.body if isinstance(part, ast.FunctionDef)]
            if isinstance(node, ast.Assign):
                names += [target.id for target in node.targets if isinstance(target, ast.Name)]
            dead += [
                f"{path.relative_to(ROOT)}: {name}" for name in names if not name.startswith("__") and name not in read
            ]
    assert [one for one in dead if one.split(": ")[1] not in CALLED_FROM_OUTSIDE] == []


def test_thresholds_stand_once() -> None:
    """ "20 leads", the level of a verdict and the shares that matter are read from ``metrics/thresholds.py``."""
    rooms = ("funnel/metrics", "funnel/reports", "funnel/planning", "pages")
    bare = []
    for path in [*FUNNEL, *SCREEN]:
        name = str(path.relative_to(ROOT))
        if not name.startswith(rooms) or name in BARE_ALLOWED:
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            sides = [node.left, *node.comparators] if isinstance(node, ast.Compare) else []
            sides += [part for side in sides if isinstance(side, ast.BinOp) for part in (side.left, side.right)]
            if any(isinstance(side, ast.Constant) and side.value in BARE for side in sides):
                bare.append(f"{name}:{node.lineno}: {ast.unparse(node)}")
    assert bare == []


def test_what_the_first_page_need_not_wait_for() -> None:
    """The start of the application loads none of the slow libraries that only some pages or actions need."""
    slow = (
        "scipy",
        "statsmodels",
        "pptx",
        "dask",
        "matplotlib",
        "holidays",
        "openpyxl",
        "xlsxwriter",
        "fastexcel",
        "pandas",
    )
    code = (
        "import ast, importlib, sys\n"
        "tree = ast.parse(open('app.py', encoding='utf-8').read())\n"
        "tree.body = [node for node in tree.body if isinstance(node, ast.Import | ast.ImportFrom)]\n"
        "exec(compile(tree, 'app.py', 'exec'))\n"
        f"print(*sorted({{m.split('.')[0] for m in sys.modules}} & set({slow!r})))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.split() == []


def test_a_download_starts_no_run() -> None:
    """The run that a click starts takes away the file that the same click asks for: on a busy machine it wins."""
    running = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path in SCREEN
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call)
        and getattr(node.func, "attr", "") == "download_button"
        and not any(one.arg == "on_click" and ast.unparse(one.value) == "'ignore'" for one in node.keywords)
    ]
    assert running == []


def test_every_callback_passes_the_edge() -> None:
    """Streamlit runs callbacks before the page and outside its error boundary: each goes through ``safely(…)``."""
    bare = []
    for path in SCREEN:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call):
                continue
            for keyword in node.keywords:
                if keyword.arg not in ("on_click", "on_change", "on_select", "on_submit", "on_dismiss"):
                    continue
                value = keyword.value
                is_word = isinstance(value, ast.Constant) and value.value in ("rerun", "ignore", None)
                if not (is_word or (isinstance(value, ast.Call) and ast.unparse(value.func) == "safely")):
                    bare.append(f"{path.relative_to(ROOT)}:{value.lineno}")
    assert bare == []


def test_what_runs_without_the_application_says_who_acts() -> None:
    """A dialog or fragment runs again without app.py: all that it does stands in ``with apart(t):``. A download that is
    made at the click, and writes, passes ``as_whoever_asks(…)``."""
    bare, found = [], 0
    for path in SCREEN:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.FunctionDef):
                continue
            if not any(ast.unparse(one).startswith(("st.dialog", "st.fragment")) for one in node.decorator_list):
                continue
            found += 1
            (*others, last) = node.body
            if others or not isinstance(last, ast.With) or ast.unparse(last.items[0]) != "apart(t)":
                bare.append(f"{path.relative_to(ROOT)}:{node.lineno}")
    assert bare == [] and found == 2
