"""What was drawn of a report is drawn once, never shown in other words or colours, and goes with the report."""

from __future__ import annotations

import gc

import pytest

from funnel.charts.marks import enlarged
from funnel.charts.palette import DARK, LIGHT, base_figure
from funnel.i18n.translator import Translator
from pages.shell import drawn as kept
from pages.shell.drawn import drawn


class Report:
    """Stands for any report."""


def test_the_same_drawing_of_a_report_is_made_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept, "palette", lambda: LIGHT)
    report, english = Report(), Translator("en")
    first = drawn(report, english, object, "funnel", 2)
    assert drawn(report, english, object, "funnel", 2) is first
    assert drawn(report, english, object, "funnel", 3) is not first
    assert drawn(Report(), english, object, "funnel", 2) is not first
    assert drawn(report, Translator("zh_Hans"), object, "funnel", 2) is not first
    assert drawn(report, Translator("en", "EUR"), object, "funnel", 2) is not first
    monkeypatch.setattr(kept, "palette", lambda: DARK)
    assert drawn(report, english, object, "funnel", 2) is not first


def test_a_drawing_goes_with_its_report(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept, "palette", lambda: LIGHT)
    report = Report()
    drawn(report, Translator(), object)
    place = id(report)
    assert place in kept._KEPT
    del report
    gc.collect()
    assert place not in kept._KEPT


def test_a_chart_enlarged_for_a_shared_screen_leaves_the_kept_one_as_it_is() -> None:
    figure = base_figure(LIGHT, 100)
    before = figure.to_json()
    assert enlarged(figure, 2).layout.height == 125
    assert figure.to_json() == before
