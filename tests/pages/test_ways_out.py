"""Nobody is locked out: whatever a workspace or a link holds, a page opens or says the ways out."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

import funnel.reports.workspace_data as figures
from funnel.definition.definition import FunnelDefinition
from funnel.definition.edits import remove
from funnel.errors import InputError
from funnel.storage.store import Store
from pages.shell.navigation import GROUPS
from pages.shell.workspaces import store_of, workspaces
from tests import factories
from tests.conftest import ROOT
from tests.factories import lead, log, snapshot
from tests.opening import (
    NOW,
    assert_sound,
    empty_workspace,
    new_workspace,
    open_page,
    sample_workspace,
    texts,
    use_folder,
)

ALWAYS_OPEN = ("import_data", "settings", "guide", "glossary")
PAGES = [stem for pages in GROUPS.values() for stem, _, _ in pages]
TABS = ("funnel", "benchmarks", "money", "spend", "backup", "trust", "forget", "journal")
BROKEN = "The figures of this workspace cannot be shown"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    use_folder(tmp_path, monkeypatch)
    return tmp_path


def a_workspace(folder: Path, definition: FunnelDefinition, *leads: factories.Lead) -> Store:
    """A workspace named "Ours" with the leads of a log."""
    store = new_workspace(folder, "Ours", definition)
    store.import_batch(log(*leads), who="test", now=NOW)
    return store


def far_back(folder: Path) -> Store:
    """History that ended in 2015."""
    return a_workspace(
        folder,
        factories.GUIDE,
        lead("A", "2015-01-05 lead, 2015-02-01 intent, 2015-02-20 opportunity, 2015-03-01 won", source="web"),
        lead("B", "2015-02-01 lead, 2015-02-03 @lost", source="fair"),
        lead("C", "2015-03-02 lead, 2015-03-09 intent", source="fair"),
    )


@pytest.mark.parametrize("stem", PAGES)
@pytest.mark.parametrize("after_sale", [(), ("repeat",)], ids=["lead-won", "lead-won-repeat"])
def test_a_funnel_whose_win_is_its_second_stage_opens(folder: Path, stem: str, after_sale: tuple[str, ...]) -> None:
    definition = factories.funnel("lead", "won", *after_sale, won="won")
    a_workspace(
        folder,
        definition,
        lead("A", "2024-01-05 lead, 2024-02-01 won", amount=10),
        lead("B", "2024-01-06 lead, 2024-01-20 @lost"),
        lead("C", "2024-03-01 lead"),
    )
    assert_sound(open_page(stem))


def test_the_stages_between_can_be_removed_one_by_one() -> None:
    """Settings takes stages out until only the first and the win are left; the next one is refused with a sentence."""
    definition = remove(remove(factories.GUIDE, "intent").definition, "opportunity").definition
    assert definition.keys == ("lead", "won", "repeat")
    two = remove(definition, "repeat").definition
    assert (two.keys, two.won_position) == (("lead", "won"), 2)
    with pytest.raises(InputError, match="too_few_stages"):
        remove(two, "won")


@pytest.mark.parametrize("stem", PAGES)
def test_history_that_ended_more_than_ten_years_ago_opens(folder: Path, stem: str) -> None:
    far_back(folder)
    assert_sound(open_page(stem))
    assert_sound(open_page(stem, as_of="2015-02-10", window="dates", dates=["2015-01-01", "2015-02-28"]))


@pytest.mark.parametrize("stem", PAGES)
def test_leads_without_any_date_open(folder: Path, stem: str) -> None:
    store = new_workspace(folder, "Ours", factories.funnel("lead", "won", "repeat", won="won"))
    store.import_batch(snapshot(lead("A", stage="lead"), lead("B", stage="won")), who="test", now=NOW)
    assert_sound(open_page(stem))


@pytest.mark.parametrize(
    ("asked", "shown"), [("1999-12-31", date(2015, 1, 5)), ("2030-01-01", date(2015, 3, 9)), ("0001-01-01", None)]
)
def test_a_day_outside_the_data_is_shown_as_the_nearest_with_a_sentence(folder: Path, asked: str, shown) -> None:
    far_back(folder)
    at = open_page("overview", as_of=asked)
    assert at.date_input(key="as_of").value == (shown or date(2015, 1, 5))
    assert any(asked.replace("-", "") in info.value.replace("\\", "").replace("-", "") for info in at.info)


def test_a_window_outside_the_data_and_in_the_wrong_order_is_shown_as_the_nearest(folder: Path) -> None:
    far_back(folder)
    at = open_page("overview", window="dates", dates=["2031-01-01", "2015-02-01"])
    assert at.date_input(key="dates").value == (date(2015, 2, 1), date(2015, 3, 31))
    assert "can be shown" in texts(at)


@pytest.mark.parametrize(
    ("stem", "key", "given"),
    [
        ("overview", "window", "ever"),
        ("overview", "source", "nobody"),
        ("overview", "as_of", "soon"),
        ("overview", "workspace", "gone"),
        ("overview", "step", "gone"),
        ("tracking", "sheet", "2015-W99"),
        ("settings", "tab", "nowhere"),
        ("retrospective", "present", "last"),
        ("retrospective", "pair_month", "2001-01"),
    ],
)
def test_what_a_link_asks_in_vain_is_said_once(folder: Path, stem: str, key: str, given: str) -> None:
    far_back(folder)
    at = opened(stem, **{key: given})
    assert_sound(at)
    assert any(given in info.value.replace("\\", "") for info in at.info)
    at.run()
    assert not any(given in info.value.replace("\\", "") for info in at.info)


# --- figures that cannot be made ---


@pytest.fixture
def broken(monkeypatch: pytest.MonkeyPatch) -> list[FunnelDefinition]:
    """Every figure of a funnel in this list fails, before its journeys are built."""
    hit: list[FunnelDefinition] = []
    original = figures.present_funnel

    def failing(facts, definition):
        if (definition.key, definition.keys) in [(one.key, one.keys) for one in hit]:
            raise ZeroDivisionError("no figure survives this funnel")
        return original(facts, definition)

    monkeypatch.setattr(figures, "present_funnel", failing)
    return hit


def opened(stem: str, **params: str) -> AppTest:
    """The page of a link, whatever it shows."""
    at = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60)
    for key, value in {"lang": "en", **params}.items():
        at.query_params[key] = value
    if stem != "overview":
        at.switch_page(f"pages/{stem}.py")
    return at.run()


def errors(at: AppTest) -> list[str]:
    assert not at.exception
    return [str(error.value).replace("\\", "") for error in at.error]


@pytest.mark.parametrize("stem", PAGES)
def test_broken_figures_leave_the_choices_and_the_ways_out(folder: Path, broken: list, stem: str) -> None:
    far_back(folder)
    sample_workspace(folder)
    broken.append(factories.GUIDE)
    at = opened(stem, workspace="Ours")
    (said,) = errors(at)
    assert said.startswith(BROKEN)
    assert at.sidebar.selectbox(key="workspace").options == ["Ours", "Sample"]
    assert at.sidebar.segmented_control(key="lang").options == ["English", "简体中文"]
    assert {"way_filters", "way_undo"} <= {button.key for button in at.button}
    if stem in ALWAYS_OPEN:
        assert at.title, "the page itself is there"
    else:
        assert not at.title

    at.button(key="way_undo").click().run()
    assert store_of(workspaces()[0]).facts().is_empty


@pytest.mark.parametrize("tab", TABS)
def test_every_tab_of_the_settings_opens_without_figures(folder: Path, broken: list, tab: str) -> None:
    far_back(folder)
    broken.append(factories.GUIDE)
    at = opened("settings", tab=tab)
    assert len(errors(at)) == 1, errors(at)


def test_a_funnel_that_breaks_the_figures_can_be_taken_back(folder: Path, broken: list) -> None:
    store = far_back(folder)
    worse = remove(factories.GUIDE, "intent").definition
    worst = remove(worse, "opportunity").definition
    store.save_definition(worse, who="test", now=NOW, reason="")
    store.save_definition(worst, who="test", now=NOW, reason="")
    broken += [worse, worst]
    at = opened("overview")
    at.button(key="way_funnel").click().run()
    assert store.definition() == worse
    at.button(key="way_funnel").click().run()
    assert store.definition() == factories.GUIDE, "back and back, never to and fro"
    assert_sound(at)
    assert not any(button.key == "way_funnel" for button in at.button)


def test_from_a_broken_workspace_to_another(folder: Path, broken: list) -> None:
    far_back(folder)
    empty_workspace(folder, "Second")
    broken.append(factories.GUIDE)
    at = opened("overview", workspace="Ours")
    at.button(key="way_open_Second").click().run()
    assert_sound(at)
    assert at.sidebar.selectbox(key="workspace").value == "Second"


def test_an_error_of_one_page_is_told_in_its_body_with_the_ways_out(folder: Path, monkeypatch) -> None:
    import pages.shell.data as shell_data

    def failing(*args: object, **kwargs: object) -> None:
        raise ZeroDivisionError("no overview today")

    far_back(folder)
    monkeypatch.setattr(shell_data, "overview_report", failing)
    at = opened("overview")
    assert errors(at)[0].startswith(BROKEN)
    assert at.title and at.sidebar.selectbox(key="workspace").value == "Ours"
    at.switch_page("pages/bottleneck.py").run()
    assert_sound(at)


def test_a_workspace_that_cannot_be_read_leaves_import_and_settings_open(folder: Path) -> None:
    (folder / "Broken.duckdb").write_bytes(b"this is no workspace")
    for stem in PAGES:
        at = opened(stem)
        assert len(errors(at)) == 1 and BROKEN not in errors(at)[0]
        assert at.sidebar.selectbox(key="workspace")
        assert bool(at.title) == (stem in ALWAYS_OPEN)


@pytest.mark.parametrize("days", [1e5, 1e9, 1e300])
@pytest.mark.parametrize("stem", ["overview", "bottleneck", "outlook", "settings"])
def test_a_horizon_beyond_all_days_locks_nobody_out(folder: Path, stem: str, days: float) -> None:
    """Somebody typed a few noughts too many before the field had an end."""
    sample_workspace(folder)
    store_of(workspaces()[0]).set_setting("typed_horizons", {"intent": days})
    open_page(stem, **({"tab": "benchmarks"} if stem == "settings" else {}))


def test_a_page_that_fails_beside_broken_figures_is_told_too(folder: Path, broken: list, monkeypatch) -> None:
    """The ways out are drawn once: a second time would end in an error of Streamlit's own."""
    far_back(folder)
    broken.append(factories.GUIDE)
    monkeypatch.setattr(Store, "definition_versions", _fails)
    at = opened("settings")
    assert len(errors(at)) == 2, errors(at)


def _fails(_: Store) -> None:
    raise InputError("storage.unknown_batch", given=1)
