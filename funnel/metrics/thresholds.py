"""From how many leads, at which level and beyond which share something is said. Each stands here once.

A page that needs one of them reads it here, so that a sentence, a grey number and a verdict never disagree.
"""

from __future__ import annotations

MIN_LEADS = 20
"""Below so many leads a rate is greyed, no verdict is given and no horizon is known."""

ALPHA = 0.05
"""The level of every verdict, after adjustment for the steps or groups that are looked at together."""

LONGEST_HORIZON = 3650
"""Days: more can be typed for no step, since then no day of the calendar would be reached any more."""
HORIZON_SHARE = 0.95
"""A step's horizon H: within it so many of the leads that advance have advanced."""
FLOOR_FACTOR = HORIZON_SHARE
"""The rest advances beyond H, so that a rate is tested against this part of the floor of its range."""

DATED_SHARE = 0.8
"""Of the leads that the data name a stage for, so many must have its date for the stage to be dated."""
SKIPS_THAT_MATTER = 0.10
"""Above this share of advancing leads that skipped the stage before, both ways of counting are shown and must agree."""
MAX_UNDATED_SHARE = 0.10
"""Above this share of advances without a date, two windows cannot be compared."""
SETTLED_SHARE = 0.95
"""So many of a period's leads must have been followed long enough, else its rate is provisional."""
FOLLOWED_SHARE = 0.5
"""Of the leads that entered in an after window, how many should have been followed long enough to speak for it."""
LEAST_COMPARABLE = 0.5
"""A mix is judged where at least this share of the leads belongs to groups that exist on both sides."""

DEFAULT_MONTHS = 3
"""Before and after compare so many calendar months, where nobody asks for others."""
MIN_MONTHS = 8
"""Whole mature months that are needed to say how much a step swings by itself."""
PAST_MONTHS = 12
"""A company's own past, as the reference of a step without a benchmark."""
PROMISED_PP = 5.0
"""The change that a step should be able to show when no strategy promised another."""

SURE = 0.95
"""So probable must it be that a rate rose (or fell) for a promise to be judged by it."""
AS_LIKELY = 0.50
"""A strategy goes on when at least half of its promise is so probable …"""
UNLIKELY, HALF_UNLIKELY = 0.05, 0.20
"""… and is replaced when its whole promise and half of it are less probable than these."""
MUCH = 0.5
"""A factor that worked against the change is named when it moved at least this share of it."""

MISSING_CLOSINGS = 10.0
"""So many closings must be missing before the first one for the data to be called cut off there."""

OFTEN_SKIPPED = 0.30
"""From this share on, a stage counts as often skipped."""
PASS_RATE = 0.95
"""From this pass-through on, a stage decides nothing: it nearly always lets the lead through."""
DWELL_DAYS = 1.0
"""A stage that is left again in less than this takes no time (median)."""

COUNT_Z = 1.64
"""A count changes beyond chance when it moves by so many standard errors (two-sided 10 %)."""
