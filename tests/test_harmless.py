"""Text of files and people acts nowhere: the functions that make it harmless, and that no page passes them by."""

from __future__ import annotations

import ast
import csv
import io
from pathlib import Path

import polars as pl
import pytest

from funnel.exports.tables import csv_bytes
from funnel.harmless import chart_text, html_text, plain_text
from tests.conftest import ROOT
from tests.harmless_calls import offences

PAGES = [ROOT / "app.py", *sorted((ROOT / "pages").rglob("*.py"))]

OWN_WORDS = {
    "pages/bottleneck.py": {"note", "t('Cannot be told: %(steps)s.', steps=missing)"},  # names made harmless before
    "pages/bottleneck_parts/causes.py": {
        "label", "_COLOURS[cause.stand]", "_stand(cause.stand, t)", "_advice(entry, t)"
    },
    "pages/bottleneck_parts/places.py": {"t.term", "notes", "n_unplaced"},
    "pages/bottleneck_parts/ranges.py": {"line", "_own_past(row, t)"},
    "pages/bottleneck_parts/times.py": {"choices.__getitem__", "note", "notes", "help_text"},
    "pages/bottleneck_parts/words.py": {"line", "lines[0]"},  # from said()
    "pages/glossary.py": {"name", "lines", "both(linked)"},  # parts and terms of the glossary
    "pages/guide.py": {
        "path.name_of(name, t)", "number", "page_look(stem, t)[0]", "path.task_of(name, stem, t)"
    },
    "pages/import_data.py": {"name", "several"},  # the four steps; a count
    "pages/import_steps/draft.py": {"file.getbuffer()"},  # a file is written, nothing is shown
    "pages/import_steps/history.py": {"label"},  # its file name is made harmless when it is built
    "pages/import_steps/map_step.py": {"captions[chosen]", "caption"},
    "pages/import_steps/receipt_part.py": {"_lines(receipt, t)", "period", "name"},
    "pages/overview.py": {"report.status", "t.term"},
    "pages/overview_parts/tables.py": {"help_text"},
    "pages/overview_parts/tiles.py": {
        "figure_name(figure, t)", "figure_text(figure, row['value'], t)", "_help(row, known.term, t)"
    },
    "pages/plan.py": {"basis"},
    "pages/plan_parts/form.py": {"lines"},
    "pages/plan_parts/library.py": {"actions"},
    "pages/plan_parts/strategies.py": {"labels[state]"},
    "pages/retrospective_parts/presenting.py": {"place", "section_titles(t)[sections[place]]"},
    "pages/retrospective_parts/show.py": {"lines", "names"},
    "pages/retrospective_parts/simplification.py": {"one"},
    "pages/retrospective_parts/strategies.py": {"_help(action, t)"},
    "pages/retrospective_parts/voices.py": {"voice_word(key, t)", "label"},
    "pages/settings.py": {"list(labels.values())"},
    "pages/settings_parts/funnel_tab.py": {"_WON", "_AFTER", "label", "position", "stage.key", "icon"},
    "pages/settings_parts/preview.py": {"help_text"},
    "pages/settings_parts/said.py": {"text"},  # whoever says it makes the names in it harmless
    "pages/settings_parts/trust_tab.py": {"help_text"},
    "pages/shell/captions.py": {"parts"},
    "pages/shell/conflicts.py": {"said", "keep", "leave"},
    "pages/shell/flags.py": {"said"},
    "pages/shell/horizon.py": {"name", "t.joined((f'→ {name}' for name in names.values()))"},
    "pages/shell/path.py": {"said", "label", "t('%(path)s: all done.', path=name_of(finished, t))"},
    "pages/shell/session.py": {"label", "help_text", "LANGUAGES.__getitem__"},
    "pages/shell/sidebar.py": {"labels.__getitem__"},
    "pages/shell/spend_file.py": {"said"},
    "pages/shell/url.py": {"said"},
    "pages/shell/welcome.py": {"number", "name", "line", "label"},  # the five steps
    "pages/tracking.py": {"basis"},
    "pages/tracking_parts/below.py": {"report.overdue.height"},
    "pages/tracking_parts/form.py": {"_marks(t)"},
}  # fmt: skip
"""What the reader below cannot see through: texts of our own, and those whose names are made harmless before."""

CONSTANT = ".__getitem__"
"""A choice among words of our own where nothing else is meant (names of people are shown by a function)."""


def test_no_page_shows_text_that_was_not_made_harmless() -> None:
    found = []
    for path in PAGES:
        name = path.relative_to(ROOT).as_posix()
        for text, call in offences(path):
            said = ast.unparse(text)
            params_are_plain = said.startswith("t(") and "plain_text(" in said
            bold = said.startswith("t('**")
            if said in OWN_WORDS.get(name, set()) or said.endswith(CONSTANT) or params_are_plain or bold:
                continue
            found.append(f"{name}:{text.lineno}: {call}({said}) — wrap it in plain_text")
    assert not found, "\n".join(found)


@pytest.mark.parametrize("call", ["st.caption(row['name'])", "c.tabs([a.name for a in found])", "st.info(t.message(e))",
                                  "st.radio(t('x'), [], format_func=lambda k: names[k])"])  # fmt: skip
def test_the_reader_of_pages_sees_text_of_others(call: str, tmp_path: Path) -> None:
    file = tmp_path / "page.py"
    file.write_text(call, encoding="utf-8")
    assert list(offences(file))


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("![x](http://127.0.0.1/x)", "!\\[x\\](http\\:\u2060//127.0.0.1/x)"),
        (":material/home:", "\\:\u2060material/home:"),
        (":red[x] :+1:", "\\:red\\[x\\] \\:\u2060+1:"),
        ("<b>x</b> $a$ ~~b~~", "\\<b\\>x\\</b\\> \\$a\\$ \\~\\~b\\~\\~"),
        ("www.example.com a@example.com", "www\u2060.example.com a@\u2060example.com"),
        ("# x\n- y\n1. z\n---", "\\# x\n\\- y\n1\\. z\n\\---"),
        ("Saved: 12:30, +3.5 pts, A & B, 3 - 2", "Saved: 12:30, +3.5 pts, A & B, 3 - 2"),
        ("&lt;b&gt;", "\\&lt;b\\&gt;"),
    ],
)
def test_markdown_is_taken_as_it_was_written(written: str, shown: str) -> None:
    assert plain_text(written) == shown


def test_charts_and_html_show_tags_as_text() -> None:
    assert chart_text("<b>a</b> %{y} & b") == "&lt;b&gt;a&lt;/b&gt; %\u2060{y} &amp; b"
    assert html_text("<img src=x onerror='1'>") == "&lt;img src=x onerror=&#x27;1&#x27;&gt;"


@pytest.mark.parametrize("kind", [pl.String, pl.Categorical, pl.Enum(["=1+1", "+1", "-1", "@a", "＝1", "fine"])])
def test_no_cell_or_header_of_a_csv_is_a_formula(kind: pl.DataType) -> None:
    words = ["=1+1", "+1", "-1", "@a", "＝1", "fine", None]
    data = csv_bytes(pl.DataFrame({"=head": pl.Series(words, dtype=kind), "n": range(-1, 6)}))
    head, *rows = csv.reader(io.StringIO(data.decode("utf-8-sig")))
    assert head == ["'=head", "n"]
    assert [row[0] for row in rows] == ["'=1+1", "'+1", "'-1", "'@a", "'＝1", "fine", ""]
    assert rows[0][1] == "-1"
