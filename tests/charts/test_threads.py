"""A chart is drawn while another visitor's thread loads pandas for the first time."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tests.conftest import ROOT

_SLOW = """
import time
time.sleep(2)
class Series: pass
class Index: pass
"""
_DRAW = """
import sys, threading, time
from funnel.charts.palette import LIGHT, base_figure
threading.Thread(target=lambda: __import__("pandas")).start()
while "pandas" not in sys.modules:
    time.sleep(0.01)
figure = base_figure(LIGHT, 100)
figure.add_bar(x=[1, 2], y=["a", "b"], customdata=["k", "l"])
print(len(figure.data))
"""


def test_a_half_loaded_pandas_is_waited_for(tmp_path: Path) -> None:
    package = tmp_path / "pandas"
    package.mkdir()
    (package / "__init__.py").write_text(_SLOW)
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(tmp_path), str(ROOT)])}
    drawn = subprocess.run([sys.executable, "-c", _DRAW], env=environment, capture_output=True, text=True, check=False)
    assert drawn.stdout.strip() == "1", drawn.stderr
