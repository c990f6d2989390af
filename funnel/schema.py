"""The shape of every frame that crosses a module.

Facts (what the Store keeps, raw labels and all) → journeys (one wide row per lead) → small report frames.
``validate`` is for frames that our own code made: a failure there is a bug, not a message for the user.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Literal

import dataframely as dy
import polars as pl

from funnel.definition import FunnelDefinition
from funnel.errors import Message

Shape = Literal["milestones", "snapshot", "stage_log", "counts"]

# --- facts: what an import leaves in the Store --------------------------------------------------------------------


class LeadRows(dy.Schema):
    """What a row of a file says about its lead: attributes and undated states, labels raw.

    One row per accepted row of a milestones or snapshot file; one per row of a log that carries an attribute, with
    ``changed_at`` = when it took effect. Null = the row does not say; it never erases what another row said.
    ``closed_at`` is a close date as written (a forecast while the lead is open). ``*_has_time`` tells whether the
    instant carries a time of day; null where the instant is null.
    """

    batch_no = dy.Int32()
    row_no = dy.Int64()
    lead_id = dy.String()
    changed_at = dy.Datetime(nullable=True, time_unit="us")
    created_at = dy.Datetime(nullable=True, time_unit="us")
    created_has_time = dy.Bool(nullable=True)
    stage_label = dy.String(nullable=True)
    status_label = dy.String(nullable=True)
    closed_at = dy.Datetime(nullable=True, time_unit="us")
    closed_has_time = dy.Bool(nullable=True)
    expected_close_at = dy.Datetime(nullable=True, time_unit="us")
    lost_at = dy.Datetime(nullable=True, time_unit="us")
    lost_has_time = dy.Bool(nullable=True)
    lost_reason = dy.String(nullable=True)
    amount = dy.Float64(nullable=True)
    customer_id = dy.String(nullable=True)
    lead_name = dy.String(nullable=True)
    source = dy.String(nullable=True)
    owner = dy.String(nullable=True)
    segment = dy.String(nullable=True)
    repeat_at = dy.Datetime(nullable=True, time_unit="us")
    referral_at = dy.Datetime(nullable=True, time_unit="us")
    referrer_id = dy.String(nullable=True)


class Entries(dy.Schema):
    """A dated label of a lead: a cell of a milestone column, or a stage or status change of a log."""

    batch_no = dy.Int32()
    row_no = dy.Int64()
    lead_id = dy.String()
    scope = dy.String(check=lambda c: c.is_in(["stage", "milestone", "status"]))
    label = dy.String()
    at = dy.Datetime(time_unit="us")
    has_time = dy.Bool()


class Labels(dy.Schema):
    """What the confirmed mapping of a batch says a label means: a stage key or an exit of ``funnel.definition``.

    Every milestone column of a batch stands here with scope ``milestone``, even when all its cells are blank: these
    are the stages that the batch dates.
    """

    batch_no = dy.Int32()
    scope = dy.String()
    label = dy.String()
    target = dy.String()


class StageCounts(dy.Schema):
    """Stage totals of a counts file. ``period_start``/``period_end`` (included) are null for a file without periods."""

    batch_no = dy.Int32()
    row_no = dy.Int64()
    label = dy.String()
    period_start = dy.Date(nullable=True)
    period_end = dy.Date(nullable=True)
    source = dy.String(nullable=True)
    owner = dy.String(nullable=True)
    segment = dy.String(nullable=True)
    n = dy.Float64()


class Batches(dy.Schema):
    """The live imports in order. ``exported_on`` = the day up to which the file is complete (null: unknown)."""

    batch_no = dy.Int32()
    shape = dy.String()
    file_name = dy.String()
    imported_at = dy.Datetime(time_unit="us")
    exported_on = dy.Date(nullable=True)
    who = dy.String()
    n_rows = dy.Int64()
    n_accepted = dy.Int64()


class Rejected(dy.Schema):
    """A row that was not imported: its number in the file (the first line of the file is 1), why, and its cells."""

    row_no = dy.Int64()
    code = dy.String()
    column = dy.String(nullable=True)
    value = dy.String(nullable=True)
    cells = dy.String()


class History(dy.Schema):
    """Every import of a workspace. ``state``: "live" or "undone"; ``changed_*`` tell when and by whom it became so."""

    batch_no = dy.Int32(primary_key=True)
    file_name = dy.String()
    imported_at = dy.Datetime(time_unit="us")
    who = dy.String()
    shape = dy.String()
    exported_on = dy.Date(nullable=True)
    n_rows = dy.Int64()
    n_accepted = dy.Int64()
    n_rejected = dy.Int64()
    n_blank = dy.Int64()
    n_repeated_header = dy.Int64()
    n_ignored = dy.Int64()
    state = dy.String(check=lambda c: c.is_in(["live", "undone"]))
    changed_at = dy.Datetime(time_unit="us")
    changed_by = dy.String()


class Spend(dy.Schema):
    """Money spent per calendar month (its first day) and source; a null source is spend for all sources together."""

    month = dy.Date()
    source = dy.String(nullable=True)
    amount = dy.Float64()


@dataclass(frozen=True, slots=True)
class Finding:
    """Something about the data that a person should know: ``message`` says what, ``done`` is the code of what was done.

    ``severity``: "question" blocks the import until answered, "warning" may change figures, "note" does not.
    ``rows`` are example row numbers in the file, ``leads`` example lead ids.
    """

    message: Message
    severity: Literal["question", "warning", "note"]
    n: int
    done: str
    rows: tuple[int, ...] = ()
    leads: tuple[str, ...] = ()


@dataclass(frozen=True)
class ImportBatch:
    """One file, mapped and normalized, ready to be stored in one transaction (the architecture's IntakeResult).

    Frames carry ``batch_no`` 0; the Store gives the number. ``n_rows`` = accepted + rejected + blank + repeated
    header + ignored by a rule the user saw. ``mapping`` is plain JSON data; the same ``content_hash`` and ``mapping``
    among the live batches is the same import.
    """

    file_name: str
    content_hash: str
    shape: Shape
    mapping: dict[str, Any]
    header_signature: str
    exported_on: date | None
    lead_rows: pl.DataFrame
    entries: pl.DataFrame
    labels: pl.DataFrame
    counts: pl.DataFrame
    rejected: pl.DataFrame
    findings: tuple[Finding, ...]
    n_rows: int
    n_accepted: int
    n_blank: int = 0
    n_repeated_header: int = 0
    n_ignored: int = 0

    @property
    def n_rejected(self) -> int:
        return self.rejected.height


@dataclass(frozen=True)
class Facts:
    """All live batches of a workspace, as the Store hands them out. Treat the frames as immutable."""

    batches: pl.DataFrame
    lead_rows: pl.DataFrame
    entries: pl.DataFrame
    labels: pl.DataFrame
    counts: pl.DataFrame

    @property
    def is_empty(self) -> bool:
        return self.lead_rows.is_empty() and self.entries.is_empty() and self.counts.is_empty()


def empty(schema: type[dy.Schema]) -> pl.DataFrame:
    """A frame of no rows with the columns of ``schema``."""
    return schema.create_empty()


def empty_facts() -> Facts:
    return Facts(empty(Batches), empty(LeadRows), empty(Entries), empty(Labels), empty(StageCounts))


def facts_of(batches: list[ImportBatch], imported_at: datetime) -> Facts:
    """The facts that a Store would hold after importing ``batches`` in order: for previews and tests, without a Store."""

    def stack(schema: type[dy.Schema], name: str) -> pl.DataFrame:
        frames = [
            getattr(batch, name).with_columns(pl.lit(no, dtype=pl.Int32).alias("batch_no"))
            for no, batch in enumerate(batches, 1)
        ]
        return pl.concat([empty(schema), *frames]) if frames else empty(schema)

    listed = pl.DataFrame(
        [
            {
                "batch_no": no,
                "shape": batch.shape,
                "file_name": batch.file_name,
                "imported_at": imported_at,
                "exported_on": batch.exported_on,
                "who": "",
                "n_rows": batch.n_rows,
                "n_accepted": batch.n_accepted,
            }
            for no, batch in enumerate(batches, 1)
        ],
        schema=empty(Batches).schema,
    )
    return Facts(
        listed,
        stack(LeadRows, "lead_rows"),
        stack(Entries, "entries"),
        stack(Labels, "labels"),
        stack(StageCounts, "counts"),
    )


def with_batch(facts: Facts, batch: ImportBatch, imported_at: datetime) -> Facts:
    """What the facts would be after one more import: for the Check step, before anything is stored."""
    last = facts.batches["batch_no"].max()
    number = (last if isinstance(last, int) else 0) + 1
    added = facts_of([batch], imported_at)

    def joined(name: str) -> pl.DataFrame:
        new = getattr(added, name).with_columns(pl.lit(number, dtype=pl.Int32).alias("batch_no"))
        old = getattr(facts, name)
        return pl.concat([old, new.select(old.columns)])

    return Facts(*(joined(name) for name in ("batches", "lead_rows", "entries", "labels", "counts")))


# --- journeys: one wide row per lead ------------------------------------------------------------------------------

OUTCOMES = ("open", "won", "lost")


def journeys_schema(definition: FunnelDefinition) -> dict[str, Any]:
    """Column → dtype of the journeys frame under a definition. One row per lead, as seen on the as-of date.

    - ``lead_id``; ``created_at`` (null: undated lead).
    - per stage ``entered_<key>``: first own entry, null without one or undated; stage 1 falls back to ``created_at``.
    - per step (every stage but the first):
      ``next_<key>``: first own entry at or beyond the stage, used as the date of arrival where the stage was skipped;
      ``days_<key>``: Float32 days from own entry into the stage before to own entry into this one (null: imputed,
      undated or out of order);
      ``days_next_<key>``: Float32 days from own entry into the stage before to ``next_<key>`` (null likewise).
    - ``furthest_stage``: Int8 position (from 1) of the furthest stage reached, dated or not.
    - ``outcome``: Enum open/won/lost. ``lost_at`` (null: undated). ``lost_stage``: Int8 position of the stage whose step
      lost the lead (the step *into* it); null when not lost, or lost at an unknown place.
    - ``won_at``: the date of the win (entered_<won key>, else next_<won key>), ``amount``: of the newest row that has one.
    - ``is_first_win``: the first won lead of its customer. ``repeat_at``, ``referral_at``, ``has_repeat``,
      ``has_referral`` stand there only; the last two are null everywhere when the data do not record them.
    - ``observed_until``: Date up to which the lead was followed (newest export that holds it, at most as-of).
    - ``cycle_days``: Float32 days created → won. ``source``, ``owner``, ``segment``: Categorical, null = not stated.
    """
    schema: dict[str, Any] = {"lead_id": pl.String, "lead_name": pl.String, "created_at": pl.Datetime("us")}
    for key in definition.keys:
        schema[f"entered_{key}"] = pl.Datetime("us")
    for key in definition.keys[1:]:
        schema[f"next_{key}"] = pl.Datetime("us")
        schema[f"days_{key}"] = pl.Float32
        schema[f"days_next_{key}"] = pl.Float32
    schema |= {
        "furthest_stage": pl.Int8,
        "outcome": pl.Enum(OUTCOMES),
        "won_at": pl.Datetime("us"),
        "lost_at": pl.Datetime("us"),
        "lost_stage": pl.Int8,
        "lost_reason": pl.Categorical,
        "amount": pl.Float64,
        "customer_id": pl.String,
        "is_first_win": pl.Boolean,
        "repeat_at": pl.Datetime("us"),
        "referral_at": pl.Datetime("us"),
        "has_repeat": pl.Boolean,
        "has_referral": pl.Boolean,
        "observed_until": pl.Date,
        "cycle_days": pl.Float32,
        "source": pl.Categorical,
        "owner": pl.Categorical,
        "segment": pl.Categorical,
    }
    return schema


# --- small frames that metrics return -----------------------------------------------------------------------------


class StepTable(dy.Schema):
    """One row per stage in order; the step figures belong to the step *into* the stage and are null in row 1.

    ``n_counted``: the stage's volume on the basis asked for (reached, own entries, strict, or entries that happened).
    ``n = advanced + passed_over + lost + waiting``; ``passed_over``: came further without an own entry, which only the
    own and strict bases do not count as advanced (0 on the others). ``lost_unknown`` is the part of ``lost`` whose place
    is not known; where it makes the rate unknowable ``rate`` is null and ``reason`` is "unknown_place" ("no_leads" when
    n = 0). On the activity basis n and advanced are entries that happened in the window: ``lost``, ``waiting`` and the
    interval are null, and a rate above 1 has the reason "more_arrived_than_entered".
    Rates are 0–1 with a Wilson 95 % interval. ``mature_*``: only leads followed at least H days (H = ``horizon_days``);
    ``immature_share``: of n, those followed for less. ``stale``: waiting longer than H, null after won. All of these are
    null without H.
    ``own_n``/``own_advanced``: leads with an own entry into the stage before / into both. ``shows_both_counts``: more
    than 10 % of the leads that advance skipped the stage before, so both rates are shown.
    """

    position = dy.Int8(primary_key=True)
    stage = dy.String()
    n_counted = dy.Int64()
    n_reached = dy.Int64()
    n_own_entries = dy.Int64()
    n = dy.Int64(nullable=True)
    advanced = dy.Int64(nullable=True)
    passed_over = dy.Int64(nullable=True)
    lost = dy.Int64(nullable=True)
    lost_unknown = dy.Int64(nullable=True)
    waiting = dy.Int64(nullable=True)
    rate = dy.Float64(nullable=True)
    rate_low = dy.Float64(nullable=True)
    rate_high = dy.Float64(nullable=True)
    reason = dy.String(nullable=True)
    horizon_days = dy.Float64(nullable=True)
    mature_n = dy.Int64(nullable=True)
    mature_advanced = dy.Int64(nullable=True)
    mature_rate = dy.Float64(nullable=True)
    mature_low = dy.Float64(nullable=True)
    mature_high = dy.Float64(nullable=True)
    immature_share = dy.Float64(nullable=True)
    stale = dy.Int64(nullable=True)
    own_n = dy.Int64(nullable=True)
    own_advanced = dy.Int64(nullable=True)
    own_rate = dy.Float64(nullable=True)
    shows_both_counts = dy.Bool(nullable=True)
    n_days = dy.Int64(nullable=True)
    median_days = dy.Float64(nullable=True)
    p75_days = dy.Float64(nullable=True)
    p90_days = dy.Float64(nullable=True)


BASES = ("lead_cohort", "step_cohort", "own", "strict", "activity")
Basis = Literal["lead_cohort", "step_cohort", "own", "strict", "activity"]
"""Which leads a table counts: created in the window (reached or beyond; own entries; strictly one by one), entered the
stage before in the window, or whatever happened in the window."""


class Breakdown(dy.Schema):
    """The step figures of ``StepTable`` per value of one dimension (null group: not stated), one row per stage.

    ``n_won`` / ``n_leads``: customers and leads of the group on the basis asked for, the same in each of its rows;
    ``overall_rate`` = n_won / n_leads, null without leads. Greyed below 20 (``is_few``: n < 20).
    """

    dimension = dy.String()
    group = dy.String(nullable=True)
    position = dy.Int8()
    stage = dy.String()
    n_counted = dy.Int64()
    n = dy.Int64(nullable=True)
    advanced = dy.Int64(nullable=True)
    passed_over = dy.Int64(nullable=True)
    lost = dy.Int64(nullable=True)
    lost_unknown = dy.Int64(nullable=True)
    waiting = dy.Int64(nullable=True)
    rate = dy.Float64(nullable=True)
    rate_low = dy.Float64(nullable=True)
    rate_high = dy.Float64(nullable=True)
    reason = dy.String(nullable=True)
    mature_n = dy.Int64(nullable=True)
    mature_advanced = dy.Int64(nullable=True)
    mature_rate = dy.Float64(nullable=True)
    immature_share = dy.Float64(nullable=True)
    stale = dy.Int64(nullable=True)
    is_few = dy.Bool(nullable=True)
    n_leads = dy.Int64()
    n_won = dy.Int64()
    overall_rate = dy.Float64(nullable=True)


class Trend(dy.Schema):
    """Rates by month or week (its first and last day, both included), one row per period and stage, without gaps.

    ``position`` 1 is the volume only; ``position`` 0 ("overall") is leads → won. Lead cohorts (also own and strict) stand
    in the period of creation, step cohorts in that of the entry into the stage before, activity where it happened.
    ``is_provisional``: fewer than 95 % of the leads in the cell were followed long enough for the rate to be final (H of
    the step; in lead cohorts of all steps up to it), or H is unknown; false for activity.
    """

    period_start = dy.Date()
    period_end = dy.Date()
    position = dy.Int8()
    stage = dy.String()
    n_counted = dy.Int64()
    n = dy.Int64(nullable=True)
    advanced = dy.Int64(nullable=True)
    rate = dy.Float64(nullable=True)
    rate_low = dy.Float64(nullable=True)
    rate_high = dy.Float64(nullable=True)
    reason = dy.String(nullable=True)
    is_provisional = dy.Bool()


FIGURES = (
    *("leads", "customers", "overall_conversion", "win_rate", "won_of_closed", "revenue", "average_deal_size"),
    *("lead_cost", "customer_cost", "sales_cycle", "repurchase_rate", "referral_rate"),
)


class KeyFigures(dy.Schema):
    """The key figures, one row each in the order of FIGURES, with their change against the window before.

    ``value`` = ``x`` / ``n`` for rates (0–1), averages and costs; a count or a sum has only ``value``; the sales cycle is
    a median in days over ``n`` leads. ``n_without``: wins without an amount (revenue, deal size). ``reason``: why
    ``value`` is null (no_leads, no_customers, no_opportunities, no_closed, unknown_place, no_amounts, no_dates,
    not_recorded, no_spend, spend_incomplete, spend_not_by_filter, spend_not_by_source), or more_arrived_than_entered for
    a rate above 1 on the activity basis. ``change`` = value − previous in the figure's unit, ``change_share`` relative to
    previous (null for rates), ``change_pp`` in points (rates only). ``change_reason``: why there is none (all_time,
    no_earlier_data, earlier_data_incomplete, or the reason of either value).
    """

    figure = dy.String(primary_key=True, check=lambda c: c.is_in(FIGURES))
    value = dy.Float64(nullable=True)
    x = dy.Float64(nullable=True)
    n = dy.Float64(nullable=True)
    n_without = dy.Int64(nullable=True)
    reason = dy.String(nullable=True)
    previous = dy.Float64(nullable=True)
    previous_x = dy.Float64(nullable=True)
    previous_n = dy.Float64(nullable=True)
    change = dy.Float64(nullable=True)
    change_share = dy.Float64(nullable=True)
    change_pp = dy.Float64(nullable=True)
    change_reason = dy.String(nullable=True)


class SalesCycle(dy.Schema):
    """Days from creation to the win over ``n`` won leads with both dates in order; ``n_left_out`` are the other wins.

    One row per group (null: not stated, or not grouped). Quantiles by linear interpolation, null when n = 0.
    """

    group = dy.String(nullable=True)
    n = dy.Int64()
    n_left_out = dy.Int64()
    median_days = dy.Float64(nullable=True)
    p75_days = dy.Float64(nullable=True)
    p90_days = dy.Float64(nullable=True)


class ActivityCounts(dy.Schema):
    """What happened in a window: entries into each stage, one row per stage and group (null: not stated / not grouped).

    ``n_before``: entries into the stage before in the same window, not the same leads: ``rate`` = n / n_before may exceed
    1 (reason "more_arrived_than_entered"); null for the first stage and when n_before = 0 ("no_leads"). ``n_lost``: losses
    of the step that happened in the window (null for counts imports, which do not say).
    """

    position = dy.Int8()
    stage = dy.String()
    group = dy.String(nullable=True)
    n = dy.Float64()
    n_before = dy.Float64(nullable=True)
    rate = dy.Float64(nullable=True)
    reason = dy.String(nullable=True)
    n_lost = dy.Int64(nullable=True)


class CountsByPeriod(dy.Schema):
    """Stage totals of counts imports per period, in order; columns as in ``ActivityCounts``."""

    period_start = dy.Date()
    period_end = dy.Date()
    position = dy.Int8()
    stage = dy.String()
    n = dy.Float64()
    n_before = dy.Float64(nullable=True)
    rate = dy.Float64(nullable=True)
    reason = dy.String(nullable=True)


class EstimatedConversion(dy.Schema):
    """Aalen–Johansen estimate of advancing by day τ, losses being the competing event: one row per step, never final.

    ``n``: leads with an own entry into the stage before. ``rate`` with log–log 95 % interval at ``tau_days``, the last
    time with at least 10 leads at risk. All null with ``reason`` "few_leads" (n < 20), "no_events", "undated_losses"
    (a loss or an advance without a date or place).
    """

    position = dy.Int8(primary_key=True)
    stage = dy.String()
    n = dy.Int64()
    tau_days = dy.Float64(nullable=True)
    rate = dy.Float64(nullable=True)
    rate_low = dy.Float64(nullable=True)
    rate_high = dy.Float64(nullable=True)
    reason = dy.String(nullable=True)


class Horizons(dy.Schema):
    """H per step, from unfiltered data: days, how many advanced leads it rests on, and where it comes from.

    ``origin``: "data", "typed" (by the user), or "too_short" (``days`` null: history too short).
    """

    position = dy.Int8(primary_key=True)
    stage = dy.String()
    days = dy.Float64(nullable=True)
    n_advanced = dy.Int64()
    origin = dy.String()


# --- bottleneck -------------------------------------------------------------------------------------------------


class StepCounts(dy.Schema):
    """Step cohorts counted: one row per span of days, step and group (null group: not stated, or not grouped).

    The cohort: own entry into the stage before within the span, followed at least H days; ``n = advanced + lost +
    waiting``. ``own_advanced``: also an own entry into the stage itself. ``reached_*``: dated by the first own entry at
    or beyond the stage before, so that leads which skipped it are in. ``skipped``: of ``reached_advanced``, those that
    skipped it. ``n_immature``: in the span, not followed long enough. ``n_undated``: reached the stage before without
    a dated own entry there (whatever the span). ``n_unknown_place``: losses that may belong to this step and do not say
    so. ``n_same_instant``: advanced at the very instant of the own entry before. ``first_on``, ``last_on``: own entries
    of the cohort, null when n = 0.
    """

    span = dy.String()
    position = dy.Int8()
    group = dy.String(nullable=True)
    n = dy.Int64()
    advanced = dy.Int64()
    lost = dy.Int64()
    waiting = dy.Int64()
    own_advanced = dy.Int64()
    reached_n = dy.Int64()
    reached_advanced = dy.Int64()
    skipped = dy.Int64()
    n_immature = dy.Int64()
    n_undated = dy.Int64()
    n_unknown_place = dy.Int64()
    n_same_instant = dy.Int64()
    first_on = dy.Date(nullable=True)
    last_on = dy.Date(nullable=True)


class StepVerdicts(dy.Schema):
    """One row per step: how it stands against its reference and what it would be worth.

    ``verdict``: significantly_below, below_not_certain, within, above, too_little_data, depends_on_skips, no_reference
    or cannot_know; ``reason`` says why for the last four (few_leads, history_too_short, skips, no_past, unknown_place,
    undated, same_instant; null otherwise). ``window_start``/``window_end``: the days of entry that are counted (both
    null: all). Rates 0–1 with Wilson 95 % intervals, null when n = 0 or the place of losses is unknown. ``low``/``high``: the range
    of the ``reference`` ("benchmark", "own_past", "none"); for own_past it is the interval of ``past_advanced`` of
    ``past_n`` in the 12 months before the window. ``gap_pp``: rate − low in percentage points.
    ``shortfall_leads`` = n · low − advanced, may be negative. ``later_rate``: product of the later rates up to won.
    ``stake_*``: over the window, at most, if the extra leads are as good; ``*_low``/``*_high`` its 80 % range;
    ``quarter_*``: the same, ranges too, per quarter. Revenue is null without an average deal size. ``rank``: by stake,
    post-sale steps apart; null without a stake.
    """

    position = dy.Int8(primary_key=True)
    from_stage = dy.String()
    stage = dy.String()
    is_post_sale = dy.Bool()
    window_start = dy.Date(nullable=True)
    window_end = dy.Date(nullable=True)
    horizon_days = dy.Float64(nullable=True)
    n = dy.Int64()
    advanced = dy.Int64()
    lost = dy.Int64()
    waiting = dy.Int64()
    rate = dy.Float64(nullable=True)
    rate_low = dy.Float64(nullable=True)
    rate_high = dy.Float64(nullable=True)
    n_immature = dy.Int64()
    n_undated = dy.Int64()
    n_unknown_place = dy.Int64()
    shows_both_counts = dy.Bool()
    own_rate = dy.Float64(nullable=True)
    own_advanced = dy.Int64()
    reached_rate = dy.Float64(nullable=True)
    reached_n = dy.Int64()
    reached_advanced = dy.Int64()
    reference = dy.String()
    low = dy.Float64(nullable=True)
    high = dy.Float64(nullable=True)
    past_n = dy.Int64()
    past_advanced = dy.Int64()
    gap_pp = dy.Float64(nullable=True)
    p_value = dy.Float64(nullable=True)
    p_adjusted = dy.Float64(nullable=True)
    verdict = dy.String()
    reason = dy.String(nullable=True)
    shortfall_leads = dy.Float64(nullable=True)
    later_rate = dy.Float64(nullable=True)
    deal_size = dy.Float64(nullable=True)
    n_deals = dy.Int64()
    stake_customers = dy.Float64(nullable=True)
    stake_customers_low = dy.Float64(nullable=True)
    stake_customers_high = dy.Float64(nullable=True)
    stake_revenue = dy.Float64(nullable=True)
    stake_revenue_low = dy.Float64(nullable=True)
    stake_revenue_high = dy.Float64(nullable=True)
    quarter_customers = dy.Float64(nullable=True)
    quarter_customers_low = dy.Float64(nullable=True)
    quarter_customers_high = dy.Float64(nullable=True)
    quarter_revenue = dy.Float64(nullable=True)
    quarter_revenue_low = dy.Float64(nullable=True)
    quarter_revenue_high = dy.Float64(nullable=True)
    rank = dy.Int64(nullable=True)
    is_bottleneck = dy.Bool()


class ShortfallParts(dy.Schema):
    """Where a step's shortfall sits: one row per step, dimension and group (null group: not stated).

    ``part_leads`` = n · low − advanced of the group, ``part_customers`` = times the later rates; over the groups of a
    dimension they add up to the step's figures and may be negative. ``p_adjusted``: one-sided test against 0.95 · low,
    Benjamini–Hochberg over the groups with n ≥ 20; ``is_few`` marks the others, which are greyed and not ranked.
    """

    position = dy.Int8()
    stage = dy.String()
    dimension = dy.String()
    group = dy.String(nullable=True)
    n = dy.Int64()
    advanced = dy.Int64()
    rate = dy.Float64(nullable=True)
    rate_low = dy.Float64(nullable=True)
    rate_high = dy.Float64(nullable=True)
    part_leads = dy.Float64(nullable=True)
    part_customers = dy.Float64(nullable=True)
    part_revenue = dy.Float64(nullable=True)
    p_adjusted = dy.Float64(nullable=True)
    is_few = dy.Bool()
    is_significant = dy.Bool()
    rank = dy.Int64(nullable=True)


class SlowSteps(dy.Schema):
    """Where the time goes: mean share of the sales cycle (created → won) over the leads won in the window.

    Row 1 is the time from creation to the first stage; the shares add up to 1 over the rows up to won and are null
    without a won lead that has a dated cycle longer than zero (``n_left_out`` have none). ``n_imputed``: of ``n_won``
    those whose time in this step rests on the date of a later stage because a stage was skipped. ``n_waiting``,
    ``n_stale``: leads in the step now, and those that wait longer than H (null: H unknown, or after won, where waiting
    means "not yet").
    """

    position = dy.Int8(primary_key=True)
    stage = dy.String()
    owner_role = dy.String()
    n_won = dy.Int64()
    n_left_out = dy.Int64()
    n_imputed = dy.Int64()
    cycle_share = dy.Float64(nullable=True)
    mean_days = dy.Float64(nullable=True)
    n_waiting = dy.Int64()
    n_stale = dy.Int64(nullable=True)
    stale_share = dy.Float64(nullable=True)


class Handovers(dy.Schema):
    """Steps whose two stages belong to different roles: how long leads take to arrive at the receiving one.

    Leads with two own dates that entered the giving stage in the window. ``n_without_owner``/``n_without_source``: of
    the ``n_handed`` leads that arrived there, those without an owner or a source tag.
    """

    position = dy.Int8(primary_key=True)
    from_stage = dy.String()
    stage = dy.String()
    from_role = dy.String()
    to_role = dy.String()
    n_handed = dy.Int64()
    n_days = dy.Int64()
    median_days = dy.Float64(nullable=True)
    p75_days = dy.Float64(nullable=True)
    p90_days = dy.Float64(nullable=True)
    n_without_owner = dy.Int64()
    n_without_source = dy.Int64()


class SlaTable(dy.Schema):
    """Deadlines: one row per step that has one (and per group, when grouped; null: not stated). The clock starts at the
    own entry into the stage before.

    ``n`` = on_time + late + overdue + running + unknown. On time: advanced or closed within the deadline; late: after
    it; overdue: still waiting, deadline passed; running: still waiting within it; unknown: left undated, at an unknown
    place, or out of order. ``on_time_rate`` = on_time / ``n_judged``, n_judged = on_time + late + overdue; null when 0.
    ``n_whole_days``: judged in whole days because a date carries no time of day.
    """

    position = dy.Int8()
    from_stage = dy.String()
    stage = dy.String()
    group = dy.String(nullable=True)
    amount = dy.Float64()
    unit = dy.String()
    n = dy.Int64()
    on_time = dy.Int64()
    late = dy.Int64()
    overdue = dy.Int64()
    running = dy.Int64()
    unknown = dy.Int64()
    n_judged = dy.Int64()
    on_time_rate = dy.Float64(nullable=True)
    on_time_low = dy.Float64(nullable=True)
    on_time_high = dy.Float64(nullable=True)
    n_whole_days = dy.Int64()


class WaitingLeads(dy.Schema):
    """Leads to act on: still waiting in a step and past its deadline (overdue) or its horizon H (stale), longest first.

    ``due_at`` at midnight of a date without a time of day means: by the end of that day (``is_whole_days``).
    ``overdue_days`` is in calendar days past the deadline, ``waiting_days`` since the own entry into the stage before,
    both up to the day until which the lead was observed.
    """

    position = dy.Int8()
    from_stage = dy.String()
    stage = dy.String()
    lead_id = dy.String()
    lead_name = dy.String(nullable=True)
    source = dy.String(nullable=True)
    owner = dy.String(nullable=True)
    segment = dy.String(nullable=True)
    amount = dy.Float64(nullable=True)
    entered_at = dy.Datetime(time_unit="us")
    due_at = dy.Datetime(nullable=True, time_unit="us")
    is_whole_days = dy.Bool()
    waiting_days = dy.Float64()
    overdue_days = dy.Float64(nullable=True)
    is_overdue = dy.Bool()
    is_stale = dy.Bool()


class DeadlineEffect(dy.Schema):
    """An association, not proof of a cause: do leads that came through a step in time go on more often in the next?

    Leads that advanced through the step with own dates and were followed at least H days in the next one. ``inside``:
    came within the deadline. ``difference_pp``: inside − outside, Mantel–Haenszel over sources;
    ``odds_ratio`` with 95 % interval likewise; ``p_adjusted`` by Holm over the steps tested; null where not tested.
    ``verdict``: inside_better, inside_worse, no_clear_difference, too_little_data (a side below 20 leads or H of the
    next step unknown), cannot_know (losses of unknown place).
    """

    position = dy.Int8(primary_key=True)
    stage = dy.String()
    next_stage = dy.String()
    inside_n = dy.Int64()
    inside_advanced = dy.Int64()
    inside_rate = dy.Float64(nullable=True)
    outside_n = dy.Int64()
    outside_advanced = dy.Int64()
    outside_rate = dy.Float64(nullable=True)
    n_sources = dy.Int64()
    difference_pp = dy.Float64(nullable=True)
    odds_ratio = dy.Float64(nullable=True)
    odds_low = dy.Float64(nullable=True)
    odds_high = dy.Float64(nullable=True)
    p_adjusted = dy.Float64(nullable=True)
    verdict = dy.String()


class LossReasons(dy.Schema):
    """Loss reasons by stage, most frequent first ("not recorded" last). ``position`` null: lost at an unknown place.

    ``kind``: "reason", "no_decision" (the customer decided nothing; all such labels in one row, listed in ``labels``)
    or "not_recorded". ``share`` of the stage's losses, ``cumulative_share`` up to this row.
    """

    position = dy.Int8(nullable=True)
    stage = dy.String(nullable=True)
    kind = dy.String()
    reason = dy.String(nullable=True)
    labels = dy.List(dy.String())
    n = dy.Int64()
    share = dy.Float64()
    cumulative_share = dy.Float64()


class CauseEvidence(dy.Schema):
    """A figure of this data that speaks for or against a usual cause at a stage.

    ``stand``: supports, contradicts, unclear, or cannot_know. ``x`` of ``n`` is the figure (``share`` = x / n, null
    without one), ``detail`` the group, reason or role it is about. ``cause`` is a code of ``funnel.metrics.causes``.
    """

    position = dy.Int8()
    stage = dy.String()
    cause = dy.String()
    stand = dy.String()
    x = dy.Float64(nullable=True)
    n = dy.Int64(nullable=True)
    share = dy.Float64(nullable=True)
    detail = dy.String(nullable=True)


# --- before / after -----------------------------------------------------------------------------------------------


class StepDays(dy.Schema):
    """Leads per step and day of entry into the stage before; ``group`` is null when not asked for, or not stated.

    Step cohort (own entry into the stage before on that day): ``n_entries`` all of them, ``n`` followed at least H
    days, of these ``x`` with an entry at or beyond the stage within H days, ``x_own`` with an own entry into it within
    H days, ``n_undated`` that reached the stage without any date, or were lost at an unknown place and may have.
    Reached cohort (a skipped stage takes the day of the next own entry): ``reached_n`` followed at least H days, of
    these ``reached_x`` advanced within H days, of these ``reached_skips`` without an own entry into the stage before.
    Without an H only ``n_entries`` is counted, the others are 0.
    """

    position = dy.Int8()
    stage = dy.String()
    group = dy.String(nullable=True)
    day = dy.Date()
    n_entries = dy.Int64()
    n = dy.Int64()
    x = dy.Int64()
    x_own = dy.Int64()
    n_undated = dy.Int64()
    reached_n = dy.Int64()
    reached_x = dy.Int64()
    reached_skips = dy.Int64()


VERDICTS = (
    "improved",
    "worsened",
    "this_step_alone",
    "no_clear_change",
    "too_little_data",
    "history_too_short",
    "not_mature",
    "depends_on_skips",
    "undated",
)


class StepComparison(dy.Schema):
    """One row per step: both sides within H days, and what may be said about the change.

    Windows: last days included. ``moved_months``: how far the pair moved back to find 20 followed leads; ``is_cut``:
    the before window starts with the history. ``n_entries_*``: all leads that entered; ``n_*`` those followed at least
    H days, ``x_*`` of them advanced within H days, with Wilson intervals.
    ``change_pp``: after - before in percentage points, less ``selection_pp`` where the baseline is the window that
    selected the step; ``change_low_pp``/``change_high_pp``: Newcombe 95 %.
    ``p_value``: of ``test`` ("boschloo", "score"); ``p_used``: after dividing z by ``sigma_z`` where the months vary
    beyond chance (``varies``, null with fewer than 8 mature months); ``p_adjusted``: Holm over the ``n_judged`` steps.
    ``verdict``: one of VERDICTS; ``is_interim``: seen before the decision date.
    ``detectable_pp``: smallest rise that these n show with 80 % power (null: none would); ``needed_leads`` a side and
    ``needed_weeks`` (with the follow-up) for ``promised_pp``. ``judged_from``: day from which the whole after window
    can be judged. ``baseline``: "as_asked", "before_selection" or "shrunk".
    ``skip_share``: of the leads that advanced, those without an own entry into the stage before; above 10 % the
    verdicts of both counts must agree. ``n_undated``: leads of both sides that moved on without a date, or were lost at
    an unknown place; they are not counted as advanced.
    """

    position = dy.Int8(primary_key=True)
    stage = dy.String()
    horizon_days = dy.Float64(nullable=True)
    before_start = dy.Date(nullable=True)
    before_end = dy.Date(nullable=True)
    after_start = dy.Date(nullable=True)
    after_end = dy.Date(nullable=True)
    moved_months = dy.Int64()
    is_cut = dy.Bool()
    baseline = dy.String()
    n_entries_before = dy.Int64()
    n_before = dy.Int64()
    x_before = dy.Int64()
    rate_before = dy.Float64(nullable=True)
    low_before = dy.Float64(nullable=True)
    high_before = dy.Float64(nullable=True)
    n_entries_after = dy.Int64()
    n_after = dy.Int64()
    x_after = dy.Int64()
    rate_after = dy.Float64(nullable=True)
    low_after = dy.Float64(nullable=True)
    high_after = dy.Float64(nullable=True)
    change_pp = dy.Float64(nullable=True)
    change_low_pp = dy.Float64(nullable=True)
    change_high_pp = dy.Float64(nullable=True)
    selection_pp = dy.Float64(nullable=True)
    test = dy.String(nullable=True)
    p_value = dy.Float64(nullable=True)
    n_months = dy.Int64()
    sigma_z = dy.Float64(nullable=True)
    varies = dy.Bool(nullable=True)
    p_used = dy.Float64(nullable=True)
    n_judged = dy.Int64()
    p_adjusted = dy.Float64(nullable=True)
    verdict = dy.String(check=lambda c: c.is_in(VERDICTS))
    is_interim = dy.Bool()
    detectable_pp = dy.Float64(nullable=True)
    promised_pp = dy.Float64()
    needed_leads = dy.Int64(nullable=True)
    needed_weeks = dy.Int64(nullable=True)
    judged_from = dy.Date(nullable=True)
    skip_share = dy.Float64(nullable=True)
    own_rate_before = dy.Float64(nullable=True)
    own_rate_after = dy.Float64(nullable=True)
    reached_rate_before = dy.Float64(nullable=True)
    reached_rate_after = dy.Float64(nullable=True)
    n_undated = dy.Int64()


class MonthPairs(dy.Schema):
    """Per step: may the asked month be compared with the month before, and which month is the latest that may?

    ``month``: first day of the asked month. ``is_mature``: all its leads were followed for H days by as-of; else
    ``judged_from`` says from when. ``latest_month`` (null: none) is the latest month that is mature and has 20 followed
    leads, as has the month before it; its figures stand beside it, within H days.
    """

    position = dy.Int8(primary_key=True)
    stage = dy.String()
    horizon_days = dy.Float64(nullable=True)
    month = dy.Date()
    is_mature = dy.Bool()
    judged_from = dy.Date(nullable=True)
    latest_month = dy.Date(nullable=True)
    n_before = dy.Int64(nullable=True)
    x_before = dy.Int64(nullable=True)
    n_after = dy.Int64(nullable=True)
    x_after = dy.Int64(nullable=True)


class GroupComparison(dy.Schema):
    """One row per step and group (null: not stated), both sides within H days in the windows of the step's comparison.

    ``p_value``: score test; ``p_adjusted``: Benjamini-Hochberg over the groups judged in the step; ``verdict``:
    improved, worsened, no_clear_change or too_little_data.
    """

    position = dy.Int8()
    stage = dy.String()
    dimension = dy.String()
    group = dy.String(nullable=True)
    n_before = dy.Int64()
    x_before = dy.Int64()
    rate_before = dy.Float64(nullable=True)
    n_after = dy.Int64()
    x_after = dy.Int64()
    rate_after = dy.Float64(nullable=True)
    change_pp = dy.Float64(nullable=True)
    change_low_pp = dy.Float64(nullable=True)
    change_high_pp = dy.Float64(nullable=True)
    p_value = dy.Float64(nullable=True)
    p_adjusted = dy.Float64(nullable=True)
    verdict = dy.String(check=lambda c: c.is_in(VERDICTS))
    rate_part_pp = dy.Float64(nullable=True)
    mix_part_pp = dy.Float64(nullable=True)


class MixParts(dy.Schema):
    """Per step: the change split into better or worse execution and a different mix of leads (Kitagawa), in points.

    ``rate_part_pp + mix_part_pp = change_pp`` exactly; null where a side has no leads. ``reversal``: "all_fell" when
    every group fell while the total rose, "all_rose" the reverse, else null.
    """

    position = dy.Int8()
    stage = dy.String()
    dimension = dy.String()
    n_groups = dy.Int64()
    rate_before = dy.Float64(nullable=True)
    rate_after = dy.Float64(nullable=True)
    change_pp = dy.Float64(nullable=True)
    rate_part_pp = dy.Float64(nullable=True)
    mix_part_pp = dy.Float64(nullable=True)
    reversal = dy.String(nullable=True)


class ControlChart(dy.Schema):
    """Monthly rates of a step within H days, with Laney p' limits (centre ± 3 σ_z √(p(1 - p)/n), clipped to 0-1).

    ``month``: its first day. ``n`` of ``n_entries`` leads were followed for H days; ``rate`` = x / n with a Wilson 95 %
    interval, null without followed leads. ``is_mature``: all were followed; else the month is provisional.
    ``is_baseline``: the centre and σ_z rest on this month; ``centre`` and limits are null below 8 of them.
    ``is_outside``: a mature month beyond its limits.
    """

    position = dy.Int8()
    stage = dy.String()
    month = dy.Date()
    n_entries = dy.Int64()
    n = dy.Int64()
    x = dy.Int64()
    rate = dy.Float64(nullable=True)
    low = dy.Float64(nullable=True)
    high = dy.Float64(nullable=True)
    is_mature = dy.Bool()
    is_baseline = dy.Bool()
    n_baseline_months = dy.Int64()
    centre = dy.Float64(nullable=True)
    sigma_z = dy.Float64(nullable=True)
    limit_low = dy.Float64(nullable=True)
    limit_high = dy.Float64(nullable=True)
    is_outside = dy.Bool()


class DurationComparison(dy.Schema):
    """Days of the leads that advanced within H days with two own dates, in the windows of the step's comparison.

    ``n_*``: such leads (mature only). ``p_value``: Mann-Whitney, ``p_adjusted``: Holm over the steps judged.
    ``verdict``: faster, slower, no_clear_change, or too_little_data (fewer than 20 on a side).
    """

    position = dy.Int8(primary_key=True)
    stage = dy.String()
    n_before = dy.Int64()
    median_before = dy.Float64(nullable=True)
    n_after = dy.Int64()
    median_after = dy.Float64(nullable=True)
    change_days = dy.Float64(nullable=True)
    p_value = dy.Float64(nullable=True)
    p_adjusted = dy.Float64(nullable=True)
    verdict = dy.String(check=lambda c: c.is_in(["faster", "slower", "no_clear_change", "too_little_data"]))


RECOMMENDATIONS = ("continue", "pause", "replace", "undecided")


class Promises(dy.Schema):
    """One row per strategy that has started: its promise against what was measured, both within H days.

    ``promised_pp`` points over the baseline; ``stated_rate``: the baseline as written down before the start (null:
    none). Rates and windows as in ``StepComparison``; ``selection_pp`` is taken off the rise where the baseline is the
    window that selected the step. Probabilities 0-1 from Beta(½ + x, ½ + n - x) on both sides, null with fewer than 20
    leads on a side or without H. ``reason``: why this recommendation (rose, stop_rule, fell, promise_out_of_reach,
    not_settled, too_little_data, history_too_short, undated). ``is_interim``: before the decision date.
    """

    strategy_id = dy.String(primary_key=True)
    title = dy.String()
    position = dy.Int8()
    stage = dy.String()
    state = dy.String()
    starts_on = dy.Date()
    decision_on = dy.Date(nullable=True)
    is_interim = dy.Bool()
    horizon_days = dy.Float64(nullable=True)
    before_start = dy.Date(nullable=True)
    before_end = dy.Date(nullable=True)
    after_start = dy.Date(nullable=True)
    after_end = dy.Date(nullable=True)
    is_cut = dy.Bool()
    baseline = dy.String()
    stated_rate = dy.Float64(nullable=True)
    n_before = dy.Int64()
    x_before = dy.Int64()
    rate_before = dy.Float64(nullable=True)
    n_after = dy.Int64()
    x_after = dy.Int64()
    rate_after = dy.Float64(nullable=True)
    change_pp = dy.Float64(nullable=True)
    selection_pp = dy.Float64(nullable=True)
    promised_pp = dy.Float64()
    p_rose = dy.Float64(nullable=True)
    p_half = dy.Float64(nullable=True)
    p_promise = dy.Float64(nullable=True)
    stop_rule_broken = dy.Bool()
    recommendation = dy.String(check=lambda c: c.is_in(RECOMMENDATIONS))
    reason = dy.String()


class Overlaps(dy.Schema):
    """What else ran in the windows of a comparison. ``subject``: the strategy judged, null for the step table.

    ``kind``: "strategy" or "change"; ``position``/``stage``: of the comparison, ``other_stage``: of what overlaps
    (null: the whole funnel). ``in_before``/``in_after``: which windows it touches.
    """

    subject = dy.String(nullable=True)
    position = dy.Int8()
    stage = dy.String()
    kind = dy.String()
    other_id = dy.String()
    title = dy.String()
    other_stage = dy.String(nullable=True)
    starts_on = dy.Date()
    ends_on = dy.Date(nullable=True)
    in_before = dy.Bool()
    in_after = dy.Bool()


class WindowFunnel(dy.Schema):
    """Leads per stage up to won in the before and the after window, on one basis.

    ``n_amounts_*`` and ``amount_*`` (wins with a recorded amount, and its sum) stand in the row of won only.
    """

    position = dy.Int8(primary_key=True)
    stage = dy.String()
    n_before = dy.Int64()
    n_after = dy.Int64()
    n_amounts_before = dy.Int64(nullable=True)
    n_amounts_after = dy.Int64(nullable=True)
    amount_before = dy.Float64(nullable=True)
    amount_after = dy.Float64(nullable=True)


class DriverParts(dy.Schema):
    """What each factor added to the change in customers and in revenue; each column adds up to its change.

    ``factor``: "leads" (entries into ``stage``), "step_rate" (``from_stage`` to ``stage``), "amount_share" (wins with
    an amount / wins), "mean_amount". ``before``/``after``: its values, null where there was nobody to count it on.
    """

    order = dy.Int64(primary_key=True)
    factor = dy.String(check=lambda c: c.is_in(["leads", "step_rate", "amount_share", "mean_amount"]))
    from_stage = dy.String(nullable=True)
    stage = dy.String(nullable=True)
    before = dy.Float64(nullable=True)
    after = dy.Float64(nullable=True)
    customers = dy.Float64()
    revenue = dy.Float64()


# --- process simplification ---------------------------------------------------------------------------------------


class StageUse(dy.Schema):
    """How much each stage is used, one row per stage in order.

    ``skip_share``: of the leads that reached the stage, those without an own entry (null: nobody has one, the stage is
    not recorded). ``pass_advanced`` of ``pass_n``: leads with an own entry followed for H of the next step, and those
    that reached a later stage; null for the last stage or without H. ``median_dwell_days``: own entry to the next own
    entry at or beyond the next stage, over ``n_dwell`` leads.
    ``proposal``: "merge" (into ``into``), "remove" or null; the three flags are its reasons.
    """

    position = dy.Int8(primary_key=True)
    stage = dy.String()
    n_reached = dy.Int64()
    n_own_entries = dy.Int64()
    skip_share = dy.Float64(nullable=True)
    pass_n = dy.Int64(nullable=True)
    pass_advanced = dy.Int64(nullable=True)
    pass_rate = dy.Float64(nullable=True)
    n_dwell = dy.Int64()
    median_dwell_days = dy.Float64(nullable=True)
    is_often_skipped = dy.Bool()
    passes_nearly_all = dy.Bool()
    takes_no_time = dy.Bool()
    proposal = dy.String(nullable=True, check=lambda c: c.is_in(["merge", "remove"]))
    into = dy.String(nullable=True)


class SimulatedStages(dy.Schema):
    """The funnel as it is and as it would be: ``side`` "now" or "simulated", one row per stage of each.

    The step figures belong to the step into the stage and are null in row 1: n, advanced, rate (null where it cannot be
    known), median days of the leads that advanced with two own dates.
    """

    side = dy.String(check=lambda c: c.is_in(["now", "simulated"]))
    position = dy.Int8()
    stage = dy.String()
    n_reached = dy.Int64()
    n_own_entries = dy.Int64()
    n = dy.Int64(nullable=True)
    advanced = dy.Int64(nullable=True)
    rate = dy.Float64(nullable=True)
    median_days = dy.Float64(nullable=True)


class SimulatedTotals(dy.Schema):
    """Leads, customers, overall conversion, median sales cycle and number of stages, now and simulated.

    Counting differently makes nobody faster: the simulated cycle is that of the same data. ``shortest_cycle_days`` (in
    the simulated row): the median cycle if all the time that won leads spent in the stage that goes were saved, at
    most.
    """

    side = dy.String(check=lambda c: c.is_in(["now", "simulated"]))
    n_stages = dy.Int64()
    n_leads = dy.Int64()
    n_won = dy.Int64()
    won_rate = dy.Float64(nullable=True)
    n_cycle = dy.Int64()
    median_cycle_days = dy.Float64(nullable=True)
    shortest_cycle_days = dy.Float64(nullable=True)


# --- the retrospective --------------------------------------------------------------------------------------------


class StrategyLines(dy.Schema):
    """Strategies as labelled lines in charts over time. ``position``: of their stage, null when it is no longer there."""

    strategy_id = dy.String(primary_key=True)
    title = dy.String()
    position = dy.Int8(nullable=True)
    stage = dy.String()
    starts_on = dy.Date()
    ends_on = dy.Date(nullable=True)
    state = dy.String()


class FigureDifferences(dy.Schema):
    """Where today's figures differ from a frozen retrospective: one row per figure.

    ``section``: the frame, ``row``: its key ("intent", "intent · web"), ``figure``: the column. Numbers stand in
    ``frozen``/``today``, anything else in ``frozen_text``/``today_text``; null where the row or the value does not
    exist.
    """

    section = dy.String()
    row = dy.String()
    figure = dy.String()
    frozen = dy.Float64(nullable=True)
    today = dy.Float64(nullable=True)
    frozen_text = dy.String(nullable=True)
    today_text = dy.String(nullable=True)


# --- overview -----------------------------------------------------------------------------------------------------


class StatusTable(StepTable):
    """``StepTable`` beside the benchmark of each step (0–1; null without one).

    ``judged_rate``: the mature conversion where at least 20 leads are mature, else null: what the benchmark is compared
    with. ``gap_pp`` = judged_rate − the nearest end of the range, 0 within it, in percentage points. ``verdict`` of the
    step as on the bottleneck page (null in row 1); ``is_bottleneck``: the one step with the most at stake.
    """

    benchmark_low = dy.Float64(nullable=True)
    benchmark_high = dy.Float64(nullable=True)
    judged_rate = dy.Float64(nullable=True)
    gap_pp = dy.Float64(nullable=True)
    verdict = dy.String(nullable=True)
    is_bottleneck = dy.Bool()


class Countings(dy.Schema):
    """One row per stage: how many leads each way of counting finds there. ``activity``: entries that happened."""

    position = dy.Int8(primary_key=True)
    stage = dy.String()
    lead_cohort = dy.Int64()
    own = dy.Int64()
    strict = dy.Int64()
    activity = dy.Int64()


class WindowFigures(dy.Schema):
    """The key figures of the before and the after window on the activity basis: what happened in either.

    ``figure``, values, ``x``, ``n`` and reasons as in ``KeyFigures``. ``change`` = after - before in the figure's unit
    (rates: ``change_pp`` in points instead), null where either is.
    """

    figure = dy.String(primary_key=True)
    value_before = dy.Float64(nullable=True)
    x_before = dy.Float64(nullable=True)
    n_before = dy.Float64(nullable=True)
    reason_before = dy.String(nullable=True)
    value_after = dy.Float64(nullable=True)
    x_after = dy.Float64(nullable=True)
    n_after = dy.Float64(nullable=True)
    reason_after = dy.String(nullable=True)
    change = dy.Float64(nullable=True)
    change_pp = dy.Float64(nullable=True)


class FeedbackRows(dy.Schema):
    """What customers said, as written down, newest first. Blank stage, theme or lead: not tied to one."""

    feedback_id = dy.String(primary_key=True)
    on = dy.Date()
    voice = dy.String()
    stage = dy.String()
    theme = dy.String()
    quote = dy.String()
    lead_id = dy.String()
    who = dy.String()


class FeedbackThemes(dy.Schema):
    """How often a theme is named: Pareto within each voice, stage and month (null month: all months together).

    ``n_import`` of ``n`` are loss reasons of imports. ``share`` of all voices counted there, ``cumulative`` with the more
    frequent ones. Blank stage: no particular one, or lost at an unknown place.
    """

    voice = dy.String()
    month = dy.Date(nullable=True)
    stage = dy.String()
    theme = dy.String()
    n = dy.Int64()
    n_import = dy.Int64()
    share = dy.Float64()
    cumulative = dy.Float64()


class GrowingThemes(dy.Schema):
    """Themes whose share of the month's lost voices rose against the month before, the largest rise first.

    ``n`` of ``total`` against ``n_before`` of ``total_before``; ``p_value`` null without voices the month before;
    ``is_clear``: below 0.05.
    """

    month = dy.Date()
    stage = dy.String()
    theme = dy.String()
    n = dy.Int64()
    total = dy.Int64()
    n_before = dy.Int64()
    total_before = dy.Int64()
    p_value = dy.Float64(nullable=True)
    is_clear = dy.Bool()


class CounterMeasures(dy.Schema):
    """What the playbook suggests against a growing theme: key, problem and first action of the entry in both languages."""

    stage = dy.String()
    theme = dy.String()
    playbook_key = dy.String()
    problem_en = dy.String()
    problem_zh = dy.String()
    action_en = dy.String()
    action_zh = dy.String()


class DecisionRows(dy.Schema):
    """Decisions of earlier retrospectives that are to be looked at again (``is_earlier``), then those of this month."""

    decision_id = dy.String(primary_key=True)
    month = dy.Date()
    is_earlier = dy.Bool()
    text = dy.String()
    owner = dy.String()
    due_on = dy.Date(nullable=True)
    state = dy.String()
    is_overdue = dy.Bool()
    note = dy.String()
    strategy_id = dy.String()


# --- settings -----------------------------------------------------------------------------------------------------


class DefinitionEffect(dy.Schema):
    """Today's funnel beside the one under an edited definition, all time: one row per stage of either.

    ``now_*`` are null for a stage that is new, ``then_*`` for one that goes; ``*_position``: its place in that funnel.
    The step figures (n, advanced, rate 0–1, median days) belong to the step into the stage and are null in row 1.
    """

    stage = dy.String(primary_key=True)
    now_position = dy.Int8(nullable=True)
    now_reached = dy.Int64(nullable=True)
    now_n = dy.Int64(nullable=True)
    now_advanced = dy.Int64(nullable=True)
    now_rate = dy.Float64(nullable=True)
    now_median_days = dy.Float64(nullable=True)
    then_position = dy.Int8(nullable=True)
    then_reached = dy.Int64(nullable=True)
    then_n = dy.Int64(nullable=True)
    then_advanced = dy.Int64(nullable=True)
    then_rate = dy.Float64(nullable=True)
    then_median_days = dy.Float64(nullable=True)


class SpendMonths(dy.Schema):
    """Leads created in a month, the customers among them, and what both cost; newest month first.

    Money is null where the month has no spend (``reason`` "no_spend"), never zero: zero means that nothing was spent.
    The month of the as-of day carries its spend by the share of its days.
    """

    month = dy.Date(primary_key=True)
    n_leads = dy.Int64()
    n_customers = dy.Int64()
    amount = dy.Float64(nullable=True)
    lead_cost = dy.Float64(nullable=True)
    customer_cost = dy.Float64(nullable=True)
    reason = dy.String(nullable=True)


class CalendarMonths(dy.Schema):
    """Working days of a month; ``free``: weekdays off, ``worked``: days of a weekend that are worked."""

    month = dy.Date(primary_key=True)
    n_working = dy.Int64()
    free = dy.List(dy.Date())
    worked = dy.List(dy.Date())


class TargetProgress(dy.Schema):
    """How far each target is in the period that holds the day looked at, for the bars of the Plan page.

    ``done`` of ``goal`` in the metric's own unit (shares 0–1), ``share`` = done / goal (null: not measured).
    ``share_of_days``: working days gone, of the period's (null for shares, which have no pace). ``pace_needed``: per
    working day for the rest. ``state``: one of ``funnel.planning.targets.PROGRESS_STATES``.
    """

    target_id = dy.String(primary_key=True)
    stage = dy.String()
    metric = dy.String()
    start = dy.Date()
    end = dy.Date()
    done = dy.Float64(nullable=True)
    goal = dy.Float64(nullable=True)
    share = dy.Float64(nullable=True)
    share_of_days = dy.Float64(nullable=True)
    pace_needed = dy.Float64(nullable=True)
    days_left = dy.Int64()
    state = dy.String()
    is_measured = dy.Bool()


class LeadTraces(dy.Schema):
    """What is known of one lead, for the person who is asked to forget it."""

    lead_id = dy.String()
    lead_name = dy.String(nullable=True)
    created_at = dy.Datetime(nullable=True, time_unit="us")
    outcome = dy.String(nullable=True)
    source = dy.String(nullable=True)
    owner = dy.String(nullable=True)
    segment = dy.String(nullable=True)
    amount = dy.Float64(nullable=True)
    customer_id = dy.String(nullable=True)


class StageChanges(dy.Schema):
    """A change of a lead between two exports: after the day ``after_on``, at the latest on ``until_on``.

    ``from_position`` null: the earlier export does not say, or does not hold the lead (``is_new``); ``to_position`` null:
    the later one does not say. ``is_lost``: the later export calls it lost, the earlier one did not.
    """

    lead_id = dy.String()
    after_on = dy.Date()
    until_on = dy.Date()
    from_position = dy.Int8(nullable=True)
    to_position = dy.Int8(nullable=True)
    is_new = dy.Bool()
    is_lost = dy.Bool()


class ExportPairs(dy.Schema):
    """Leads that moved between two neighbouring exports. A lead that moved and was lost counts in both."""

    after_on = dy.Date()
    until_on = dy.Date(primary_key=True)
    n_new = dy.Int64()
    n_forward = dy.Int64()
    n_back = dy.Int64()
    n_lost = dy.Int64()


class IntervalDays(dy.Schema):
    """Days in the step into a stage as exports tell them: the true median lies from ``median_low`` to ``median_high``.

    ``n_moved``: leads that two exports show coming to the stage or beyond; ``n_days``: of these, with a known beginning
    and no dated arrival. Null medians without such leads.
    """

    position = dy.Int8(primary_key=True)
    stage = dy.String()
    n_moved = dy.Int64()
    n_days = dy.Int64()
    median_low = dy.Float64(nullable=True)
    median_high = dy.Float64(nullable=True)
