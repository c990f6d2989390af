"""The journeys frame: one wide row per lead, its columns depending on the definition; what a part of all leads must
know of the others."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import dataframely as dy
import polars as pl

from funnel.definition.definition import FunnelDefinition

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
    - ``outcome``: Enum open/won/lost. ``lost_at`` (null: undated). ``lost_stage``: Int8 position of the stage whose
      step lost the lead (the step *into* it); null when not lost, or lost at an unknown place.
    - ``won_at``: the date of the win (entered_<won key>, else next_<won key>), ``amount``: of the newest row that has
      one.
    - ``is_first_win``: the first won lead of its customer. ``repeat_at``, ``referral_at``, ``has_repeat``,
      ``has_referral`` stand there only; the last two are null everywhere when the data do not record them.
    - ``observed_until``: Date up to which the lead was followed (the newest file that covers its group, at most as-of);
      what happened later is not in its journey. ``wins_until``: likewise for winning. ``later_outcome``: a win or loss
      that is known of a later day. ``gone_on``: the day of the file that no longer holds the lead (null: it is there).
    - ``cycle_days``: Float32 days created → won. ``source``, ``owner``, ``segment``, ``region``,
      ``pipeline``: Categorical, null = not stated. ``currency``: of the row that gives the amount.
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
        "wins_until": pl.Date,
        "later_outcome": pl.Enum(OUTCOMES),
        "gone_on": pl.Date,
        "cycle_days": pl.Float32,
        "source": pl.Categorical,
        "owner": pl.Categorical,
        "segment": pl.Categorical,
        "region": pl.Categorical,
        "pipeline": pl.Categorical,
        "currency": pl.Categorical,
    }
    return schema


class Followed(dy.Schema):
    """Up to which day each lead was followed: day numbers as ``metrics.journeys.follow_up`` gives them."""

    lead_id = dy.String()
    followed = dy.Int64(nullable=True)
    followed_wins = dy.Int64(nullable=True)
    gone = dy.Int64(nullable=True)


@dataclass(frozen=True)
class Whole:
    """What all parts of a history say together, for one of them: what is decided over all leads is decided by it.

    ``columns``: of ``LeadRows`` in which any row says something. ``told``: batch number → the last day (since
    1970-01-01) that it tells of. ``versions``: the batches of leads that also tell dated changes. ``followed``: schema
    ``Followed`` of the part's leads; null where one file holds all leads, which says it itself.
    """

    columns: frozenset[str]
    near_days: tuple[date, date] | None
    told: Mapping[int, int]
    versions: tuple[int, ...]
    followed: pl.DataFrame | None = None

    def with_ids(self, kind: pl.Categorical) -> Whole:
        """With the ids of leads as this type."""
        if self.followed is None:
            return self
        return replace(self, followed=self.followed.with_columns(pl.col("lead_id").cast(kind)))

    @property
    def last_days(self) -> pl.LazyFrame:
        """``batch_no``, ``told``."""
        return pl.LazyFrame(list(self.told.items()), schema={"batch_no": pl.Int32, "told": pl.Int64}, orient="row")
