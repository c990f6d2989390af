"""The journeys and step counts once more, in plain Python, lead by lead and event by event.

Written from the metric definitions, not from the code: it walks through each lead's events in order of time, where the
code compares latest dates. Both must agree on every random story. Slow and simple on purpose; it knows no earlier as-of
day than the story's last (``test_journeys`` tells those stories by hand).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any

from funnel.definition.definition import FunnelDefinition
from funnel.filters import Window
from funnel.schema import Facts

END_OF_DAY = timedelta(days=1) - timedelta(microseconds=1)
When = tuple[datetime, bool]
"""An instant and whether it carries a time of day."""


@dataclass
class Journey:
    lead_id: str
    created: When | None = None
    created_stated: bool = False
    entered: dict[int, When] = field(default_factory=dict)
    furthest: int = 1
    outcome: str = "open"
    lost_at: datetime | None = None
    lost_stage: int | None = None
    observed: date | None = None
    gone: date | None = None
    later: str | None = None
    amount: float | None = None
    source: str | None = None


def meaning(facts: Facts, definition: FunnelDefinition, batch: int, scope: str, label: str | None) -> int | str | None:
    """Position of a stage, an exit, or None for what says nothing."""
    if label is None:
        return None
    target = definition.labels.get((scope, label))  # type: ignore[call-overload]
    if target is None:
        for row in facts.labels.iter_rows(named=True):
            if (row["batch_no"], row["scope"], row["label"]) == (batch, scope, label):
                target = row["target"]
    if target is None:
        return None
    target = definition.resolve(target)
    if target == "@ignore":
        return None
    if target == "@on_hold":
        return "@open"
    return target if target.startswith("@") else definition.position(target)


def recount(facts: Facts, definition: FunnelDefinition, as_of: date) -> dict[str, Journey]:
    """All journeys by lead id, duplicates left out."""
    ids = {row["lead_id"] for frame in (facts.lead_rows, facts.entries) for row in frame.iter_rows(named=True)}
    until = follow_up(facts)
    found = (_journey(lead_id, facts, definition, as_of, *until[lead_id]) for lead_id in sorted(ids))
    return {journey.lead_id: journey for journey in found if journey is not None}


def follow_up(facts: Facts) -> dict[str, tuple[date | None, date | None]]:
    """Up to which day each lead was followed (date.max: to as-of; None: nobody knows), and since when it is gone."""
    files = {row["batch_no"]: row["exported_on"] or date.max for row in facts.batches.iter_rows(named=True)}
    names: dict[int, set[str]] = {no: set() for no in files}
    created: dict[str, date | None] = {}
    entered: dict[str, date] = {}
    says: dict[str, dict[str, Any]] = {}
    for row in sorted(facts.lead_rows.iter_rows(named=True), key=_told):
        names[row["batch_no"]].add(row["lead_id"])
        says.setdefault(row["lead_id"], {}).update({k: row[k] for k in ("owner", "source") if row[k] is not None})
        if row["created_at"] is not None:
            days = [day for day in (created.get(row["lead_id"]), row["created_at"].date()) if day is not None]
            created[row["lead_id"]] = min(days)
    for row in facts.entries.iter_rows(named=True):
        names[row["batch_no"]].add(row["lead_id"])
        entered[row["lead_id"]] = min(entered.get(row["lead_id"], row["at"].date()), row["at"].date())
    names = {no: ids for no, ids in names.items() if ids}
    ids = sorted(set().union(*names.values()) if names else set())
    if len(files) == 1:
        return dict.fromkeys(ids, (next(iter(files.values())), None))
    first = {i: created.get(i) or entered.get(i) for i in ids}
    holding = {i: [no for no, named in names.items() if i in named] for i in ids}
    alone = {no for no, named in names.items() if sum(len(holding[i]) == 1 for i in named) >= 0.9 * len(named)}
    own = {i: holding[i][0] if len(holding[i]) == 1 and holding[i][0] in alone else None for i in ids}
    days = {no: sorted(first[i] for i in named if first[i] is not None) for no, named in names.items()}
    cuts = {d[0].toordinal() for d in days.values() if d} | {d[-1].toordinal() + 1 for d in days.values() if d}
    only: dict[int, dict[str, Any]] = {}
    for no, named in names.items():
        values = {k: {says.get(i, {}).get(k) for i in named} for k in ("owner", "source")}
        only[no] = {k: next(iter(v)) for k, v in values.items() if len(v) == 1 and None not in v}
    split = [k for k in ("owner", "source") if any(k in one for one in only.values())]

    def group(i: str) -> tuple[Any, ...]:
        at = first[i]
        part = None if at is None else (at.year, at.month, sum(cut <= at.toordinal() for cut in cuts))
        return part, own[i], *(says.get(i, {}).get(k) for k in split)

    found: dict[str, tuple[date | None, date | None]] = {}
    share: dict[int, float] = {}
    for no, named in names.items():
        inside = [
            i
            for i in ids
            if (first[i] is None or (days[no] and days[no][0] <= first[i] <= min(days[no][-1], files[no])))
            and own[i] in (None, no)
            and all(says.get(i, {}).get(k) == v for k, v in only[no].items())
        ]
        share[no] = sum(i in named for i in inside) / len(inside) if inside else 0.0

    def covers(no: int, i: str) -> bool:
        same = [k for k in ids if group(k) == group(i) and (first[k] is None or first[k] <= files[no])]
        n = sum(k in names[no] for k in same)
        enough = n >= 0.9 * len(same) or (len(same) - n <= 1 and share[no] >= 0.9)
        return n > 0 and share[no] >= 0.5 and enough

    for i in ids:
        covering = [no for no in names if covers(no, i)]
        last = max(files[no] for no in holding[i])
        missed = [files[no] for no in covering if files[no] > last and (first[i] is None or first[i] <= files[no])]
        gone = min(missed, default=None)
        ends = [files[no] for no in covering]
        found[i] = (min(max(ends), gone or date.max) if ends else first[i], gone)
    return found


def _told(row: dict[str, Any]) -> tuple[int, datetime, int]:
    return row["batch_no"], row["changed_at"] or datetime.min, row["row_no"]


def _journey(
    lead_id: str, facts: Facts, definition: FunnelDefinition, as_of: date, ends_on: date | None, gone: date | None
) -> Journey | None:
    won, n = definition.won_position, len(definition.keys)
    rows = [row for row in facts.lead_rows.iter_rows(named=True) if row["lead_id"] == lead_id]
    rows.sort(key=lambda r: (r["batch_no"], r["changed_at"] or datetime.min, r["row_no"]))
    entries = [row for row in facts.entries.iter_rows(named=True) if row["lead_id"] == lead_id]
    batches = {row["batch_no"]: row for row in facts.batches.iter_rows(named=True)}
    journey = Journey(lead_id)

    # What the rows state, the newest last. A file that has a label for lost needs no reason to say so.
    says_lost = {
        one["batch_no"]
        for one in facts.labels.iter_rows(named=True)
        if meaning(facts, definition, one["batch_no"], one["scope"], one["label"]) in ("@lost", "@junk")
    }
    stated: list[tuple[int, str]] = []
    labels: list[int] = []
    early: list[int] = []
    says_place = False
    until = min(ends_on or as_of, as_of)
    closed: When | None = None
    reason_said = undated_reason = False
    for row in rows:
        status = meaning(facts, definition, row["batch_no"], "status", row["status_label"])
        stage = meaning(facts, definition, row["batch_no"], "stage", row["stage_label"])
        said = stage if status is None else status
        labels += [place for place in (status, stage) if isinstance(place, int)]
        if (batches[row["batch_no"]]["exported_on"] or as_of) <= (ends_on or as_of):
            early += [place for place in (status, stage) if isinstance(place, int) and place < won]
        state = None
        if isinstance(said, int):
            state = "won" if said >= won else "open"
            reason_only = status is None and row["lost_reason"] is not None
            if said < won and reason_only and row["batch_no"] not in says_lost:
                state = "lost"
        elif said is not None:
            state = {"@lost": "lost", "@junk": "lost", "@duplicate": "duplicate", "@open": "open"}[said]
        if state is not None:
            stated.append((row["batch_no"], state))
            says_place = status in ("@lost", "@junk") and isinstance(stage, int) and stage < won
        if row["closed_at"] is not None and state in (None, "won", "lost"):
            # The newest date rules; one that still lies ahead leaves the day of the close unknown.
            is_past = row["closed_at"].date() <= as_of
            closed = (row["closed_at"], bool(row["closed_has_time"])) if is_past else None
        if row["lost_reason"] is not None:
            reason_said = True
            if row["changed_at"] is None and row["lost_at"] is None and state is None:
                undated_reason = True
        if row["created_at"] is not None and (journey.created is None or row["created_at"] < journey.created[0]):
            journey.created = (row["created_at"], bool(row["created_has_time"]))
            journey.created_stated = True
        journey.amount = row["amount"] if row["amount"] is not None else journey.amount
        journey.source = row["source"] if row["source"] is not None else journey.source

    # Dated events: (order key, rank at the same instant, kind, when, batch); a loss comes last.
    events: list[tuple[datetime, int, int | str, When, int]] = []
    for entry in entries:
        kind = meaning(facts, definition, entry["batch_no"], entry["scope"], entry["label"])
        if kind is None:
            continue
        events.append(_event(kind, entry["at"], entry["has_time"], entry["batch_no"]))
    for row in rows:
        if row["lost_at"] is not None:
            events.append(_event("@lost", row["lost_at"], bool(row["lost_has_time"]), row["batch_no"]))
    ever_won = any(isinstance(event[2], int) and event[2] >= won for event in events)
    ever_won = ever_won or any(state == "won" for _, state in stated)
    if not ever_won and reason_said:
        for row in rows:
            if row["lost_reason"] is not None and row["changed_at"] is not None:
                timed = row["changed_at"].time() != time.min
                events.append(_event("@lost", row["changed_at"], timed, row["batch_no"]))
    # Into an earlier stage again, on a day after the last win: that reopens the deal.
    last_win = max((e[0].date() for e in events if isinstance(e[2], int) and e[2] >= won), default=date.max)
    for place in range(1, won):
        again = sorted(e for e in events if e[2] == place)
        if again and again[-1][0].date() > max(again[0][0].date(), last_win):
            events.append((again[-1][0], 0, "@open", again[-1][3], again[-1][4]))
    # At one instant the further stage comes last: only a later day takes a win back.
    events.sort(key=lambda event: (*event[:2], event[2] if isinstance(event[2], int) else 0))

    # Walk through them.
    outcome, wins = "open", []
    walk = events
    ends: datetime | None = None  # wins after it stand, whichever file told them
    if stated:
        batch, outcome = stated[-1]
        complete = batches[batch]["exported_on"] or as_of
        walk = [event for event in events if event[4] > batch and event[3][0].date() > complete]
        if outcome != "won":
            ends = datetime.combine(complete, time.min) + END_OF_DAY
    elif undated_reason and not ever_won:
        outcome, walk = "lost", []
    is_duplicate = outcome == "duplicate"
    for event in walk:
        kind = event[2]
        if kind == "@open":
            outcome, ends = "open", event[0] - timedelta(microseconds=1)
        elif kind in ("@lost", "@junk"):
            outcome, ends = "lost", event[0]
        elif isinstance(kind, int) and kind >= won:
            outcome = "won"
        elif isinstance(kind, int) and outcome == "lost":
            outcome = "open"
        elif isinstance(kind, int) and outcome == "won" and stated and stated[-1][1] == "won":
            # Where it had been on an earlier day, or as a list called it: back after a stated win.
            earlier = any(e[2] == kind and e[0].date() < event[0].date() for e in events)
            if earlier or max((place for place in labels if place < won), default=0) >= kind:
                outcome, ends = "open", event[0] - timedelta(microseconds=1)
    if not stated:
        last_kind = max(events, key=lambda event: (event[0], event[2] == "@duplicate"), default=None)
        is_duplicate = last_kind is not None and last_kind[2] == "@duplicate"
    if is_duplicate:
        return None
    losses = [event for event in events if event[2] in ("@lost", "@junk")]
    loss = losses[-1] if losses else None
    journey.outcome = outcome

    # Entries: the first of each stage; won and later only those that stand.
    for event in events:
        kind = event[2]
        if isinstance(kind, int) and kind < won:
            journey.entered[kind] = min(journey.entered.get(kind, event[3]), event[3], key=lambda when: when[0])
    if outcome == "won":
        wins = [e for e in events if isinstance(e[2], int) and e[2] >= won and (ends is None or e[0] > ends)]
    for event in wins:
        kind = event[2]
        assert isinstance(kind, int)
        journey.entered[kind] = min(journey.entered.get(kind, event[3]), event[3], key=lambda when: when[0])
    if 1 not in journey.entered and journey.created_stated and journey.created:
        journey.entered[1] = journey.created
    if outcome == "won" and won not in journey.entered and closed is not None:
        journey.entered[won] = closed
    if outcome == "lost":
        at = loss[3][0] if loss else None
        journey.lost_at = at if at is not None else (closed[0] if closed else None)
        if journey.lost_at is None and ever_won:  # a status says lost: the date of its reason is the best there is
            said = [row["changed_at"] for row in rows if row["lost_reason"] is not None and row["changed_at"]]
            journey.lost_at = max(said, default=None)

    # How far, and where lost.
    before = [1, *[place for place in journey.entered if place < won], *[place for place in labels if place < won]]
    if outcome == "won":
        journey.furthest = max([won, *journey.entered, *[place for place in labels if place > won]])
    else:
        journey.furthest = max([*before, *([won - 1] if ever_won else [])])
    if journey.created is None:
        known = [when[0] for when in journey.entered.values()] + ([journey.lost_at] if journey.lost_at else [])
        journey.created = (min(known), True) if known else None
    journey.observed, journey.gone = until, gone if gone is not None and gone <= as_of else None
    stated_on = (batches[stated[-1][0]]["exported_on"] or as_of) if stated else date.min
    _cut(journey, won, early, stated_on)
    if journey.outcome == "lost":
        step = journey.furthest + 1
        holding = {row["batch_no"] for row in [*rows, *entries]}
        dated = any(batches[no]["shape"] == "stage_log" or _has_column(facts, definition, no, step) for no in holding)
        journey.lost_stage = step if dated or step == won or says_place else None
    assert n >= journey.furthest
    return journey


def _cut(journey: Journey, won: int, early: list[int], stated_on: date) -> None:
    """Take out what happened after the lead was followed."""
    until = journey.observed
    assert until is not None
    late = {place for place, when in journey.entered.items() if when[0].date() > until}
    wins = {place for place in journey.entered if place >= won}
    is_late = False
    if journey.outcome == "won":
        is_late = wins <= late if wins else stated_on > until
    if journey.outcome == "lost":
        is_late = (journey.lost_at.date() if journey.lost_at else stated_on) > until
    if is_late:
        journey.later, journey.outcome, journey.lost_at, journey.lost_stage = journey.outcome, "open", None, None
    for place in late:
        del journey.entered[place]
    if late or is_late:
        if journey.outcome == "won":
            journey.furthest = max([won, *journey.entered])
        else:
            journey.furthest = max([1, *(place for place in journey.entered if place < won), *early])


def _event(kind: int | str, at: datetime, has_time: bool, batch: int) -> tuple[datetime, int, int | str, When, int]:
    is_loss = kind in ("@lost", "@junk")
    key = at + END_OF_DAY if is_loss and not has_time else at
    return key, (2 if is_loss else 0 if kind == "@open" else 1), kind, (at, has_time), batch


def _has_column(facts: Facts, definition: FunnelDefinition, batch: int, position: int) -> bool:
    return any(
        row["batch_no"] == batch
        and row["scope"] == "milestone"
        and meaning(facts, definition, batch, "milestone", row["label"]) == position
        for row in facts.labels.iter_rows(named=True)
    )


# --- counting -----------------------------------------------------------------------------------------------------


def inside(at: datetime | None, window: Window, undated_too: bool = False) -> bool:
    if window.start is None or window.end is None:
        return undated_too or at is not None
    return at is not None and window.start <= at.date() <= window.end


def step_counts(
    journeys: list[Journey], definition: FunnelDefinition, window: Window, basis: str
) -> list[dict[str, Any]]:
    """One dictionary per stage: volume, n, advanced, passed_over, lost, lost_unknown, waiting."""
    rows = []
    for j in range(1, len(definition.keys) + 1):
        counts = dict.fromkeys(("n_counted", "n", "advanced", "passed_over", "lost", "lost_unknown", "waiting"), 0)
        for journey in journeys:
            created = journey.created[0] if journey.created else None
            if basis not in ("step_cohort", "activity") and not inside(created, window, undated_too=True):
                continue
            counts["n_counted"] += _counts_at(journey, j, window, basis)
            if j == 1:
                continue
            if basis == "activity":
                counts["n"] += _counts_at(journey, j - 1, window, basis)
                counts["advanced"] += _counts_at(journey, j, window, basis)
                continue
            if not _counts_at(journey, j - 1, window, basis):
                continue
            counts["n"] += 1
            came = journey.furthest >= j
            if came and (basis in ("lead_cohort", "step_cohort") or _counts_at(journey, j, window, basis)):
                counts["advanced"] += 1
            elif came:
                counts["passed_over"] += 1
            elif journey.outcome == "lost":
                counts["lost"] += 1
                counts["lost_unknown"] += journey.lost_stage is None
            else:
                counts["waiting"] += 1
        rows.append(counts)
    return rows


def _counts_at(journey: Journey, j: int, window: Window, basis: str) -> bool:
    if basis == "lead_cohort":
        return journey.furthest >= j
    if basis == "own":
        return j in journey.entered
    if basis == "strict":
        return all(i in journey.entered for i in range(1, j + 1))
    return j in journey.entered and inside(journey.entered[j][0], window)


def days_between(start: When, end: When) -> float | None:
    if start[1] and end[1]:
        days = (end[0] - start[0]).total_seconds() / 86_400
    else:
        days = float((end[0].date() - start[0].date()).days)
    return days if days >= 0 else None
