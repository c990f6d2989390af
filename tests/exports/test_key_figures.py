"""A key figure is one row: every one has a name, a unit and an explanation, in both languages and everywhere."""

from __future__ import annotations

import pytest

from funnel.exports.key_figures import figure_cell, figure_kind, figure_name, figure_text
from funnel.i18n.translator import LANGUAGES, Translator
from funnel.schema import KEY_FIGURES


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("figure", KEY_FIGURES)
def test_every_figure_has_a_name_and_an_explanation(figure: str, language: str) -> None:
    t = Translator(language)
    assert figure_name(figure, t) not in ("", figure)
    assert t.help(KEY_FIGURES[figure].term)


def test_names_differ_so_that_no_table_has_two_rows_of_one_name() -> None:
    for language in LANGUAGES:
        names = [figure_name(figure, Translator(language)) for figure in KEY_FIGURES]
        assert len(set(names)) == len(names)


@pytest.mark.parametrize(
    ("figure", "value", "text", "kind"),
    [
        ("leads", 1234, "1,234", "count"),
        ("won_of_closed", 0.256, "25.6%", "percent"),
        ("customer_cost", 1200.0, "¥1,200", "money"),
        ("sales_cycle", 32.0, "32 days", "days"),
    ],
)
def test_a_value_reads_in_the_unit_of_its_figure(figure: str, value: float, text: str, kind: str) -> None:
    t = Translator("en", "CNY")
    assert (figure_text(figure, value, t), figure_kind(figure)) == (text, kind)
    cell = figure_cell(figure, value, t)
    assert cell is not None and (cell.value, cell.kind, cell.text) == (value, kind, text)
    assert figure_cell(figure, None, t) is None
