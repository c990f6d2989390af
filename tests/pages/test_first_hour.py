"""Somebody who has never seen it: the start page, the guided way through a meeting, the glossary."""

from __future__ import annotations

import csv
import re
from datetime import date
from pathlib import Path

import pytest

from funnel.i18n.translator import LANGUAGES, Translator
from pages.shell.navigation import GROUPS
from pages.shell.path import PATHS, Walk, walk_of
from pages.shell.workspaces import now
from tests.conftest import ROOT
from tests.opening import empty_workspace, open_page, sample_workspace, texts, use_folder

STEMS = [stem for pages in GROUPS.values() for stem, _, _ in pages]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    use_folder(tmp_path, monkeypatch)
    return tmp_path


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_start_page_shows_a_real_funnel_and_three_equal_ways(folder: Path, language: str) -> None:
    """Its figures are those of the sample's file, counted with the csv module."""
    at = open_page("overview", language)
    name, encoding = {"en": ("leads_en.csv", "utf-8-sig"), "zh_Hans": ("leads_zh.csv", "gb18030")}[language]
    with (ROOT / "data" / "sample" / name).open(encoding=encoding, newline="") as opened:
        head, *rows = csv.reader(opened)
    rows = [row for row in rows if row[0].strip() and row[0] != head[0]]
    never = re.compile(r"2026[-/]0?2[-/]30|\D")  # no such day, or a word
    ids = {row[0].strip() for row in rows if not never.match(row[5].strip())}
    status = head.index("Status" if language == "en" else "状态")
    won = {row[0].strip() for row in rows if row[status].strip() in ("Won", "赢单")}
    said = " ".join(one.value for one in at.caption)
    assert f"{len(ids):,} " in said and f" {len(won)} " in said
    ways = ("try_sample_empty", "welcome_upload", "welcome_template")
    assert len({str(at.button(key).proto.type) for key in ways}) == 1
    assert len(at.get("plotly_chart")) == 1


def test_each_page_opens_with_its_line_of_the_guide(folder: Path) -> None:
    """Also when it has data."""
    sample_workspace(folder)
    for stem in ("overview", "bottleneck", "retrospective", "settings", "import_data"):
        assert any("guide" in one.value for one in open_page(stem).caption), stem


def test_the_weekly_way_ticks_what_is_done_and_can_be_left(folder: Path) -> None:
    empty_workspace(folder)
    at = open_page("guide")
    at.button("begin_weekly").click().run()
    at.switch_page("pages/import_data.py").run()
    assert "0 of 5 done" in texts(at) and "newest export" in texts(at)
    at.button("path_on").click().run()
    at.switch_page("pages/overview.py").run()
    assert "1 of 5 done" in texts(at)
    at.button("path_leave").click().run()
    assert "done" not in texts(at)


def test_what_the_workspace_shows_is_ticked_by_itself(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An import of this month counts; the one that came with the sample does not."""
    sample_workspace(folder)
    at = open_page("glossary")
    at.session_state["_path"] = Walk("monthly", now().date().strftime("%Y-%m"))
    at.run()
    assert "0 of 5 done" in texts(at)


def test_a_kept_walk_is_found_again_in_its_week_only() -> None:
    wednesday = date(2026, 7, 1)
    walk = Walk("weekly", "2026-W27", ("import_data",))
    assert walk_of(walk.to_text(), wednesday) == walk
    assert walk.next_page == "overview"
    assert walk_of(walk.to_text(), date(2026, 7, 6)) is None
    for text in (None, "", "weekly", "yearly|2026-W27|", "weekly|2026-W27|import_data|x"):
        assert walk_of(text, wednesday) is None
    assert walk_of("weekly|2026-W27|nowhere,plan", wednesday) == Walk("weekly", "2026-W27", ("plan",))


def test_every_page_of_a_path_exists() -> None:
    assert {page for pages in PATHS.values() for page in pages} <= set(STEMS)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_glossary_has_every_term_in_both_languages(folder: Path, language: str) -> None:
    at = open_page("glossary", language)
    said = texts(at)
    for one in LANGUAGES:
        words = Translator(one)
        for key in words.concepts():
            if not key.startswith(("nav_", "page_")):
                assert words.term(key).replace("{", "").replace("}", "") in said, key
        assert all(words.formula(key) for key in words.concepts() if Translator("en").formula(key))


def test_a_help_sign_leads_to_its_term_and_an_export_does_not(folder: Path) -> None:
    on_screen, in_a_file = Translator("en", glossary="glossary"), Translator("en")
    assert on_screen.help("conversion").endswith("(glossary?term=conversion&lang=en)")
    assert "= advanced ÷ leads of the base" in in_a_file.help("conversion") and "](" not in in_a_file.help("conversion")
    at = open_page("glossary", term="conversion")
    assert at.markdown[0].value.startswith("**Conversion** · 转化率")
    assert "not there" in texts(open_page("glossary", term="no_such_term"))


def test_searching_the_glossary(folder: Path) -> None:
    at = open_page("glossary")
    at.text_input("glossary_search").set_value("瓶颈").run()
    assert "Bottleneck" in texts(at) and "Sales cycle" not in texts(at)
    at.text_input("glossary_search").set_value("qwertz").run()
    assert "No term of the glossary holds" in texts(at)
