"""A dataset in parts: which leads stand together, and where. Documented in ``docs/history.md``.

What is said of one customer must be known in one place: who bought again, who brought whom. So the leads of a customer
stand in one part, with those that they are linked to by a referral.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Any, Final

import polars as pl

from funnel.errors import InputError
from funnel.schema import Facts

HASH: Final = "md5"
"""How a key becomes a number, in every version: the first eight hexadecimal digits of the MD5 of its UTF-8 text. (The
hashes of Polars are promised within one version only.)"""
KEY: Final = "customer, else lead"
"""What is hashed, see ``keys``."""
MOST_PARTS: Final = 4096
IN_PARTS: Final = ("lead_rows", "entries", "followed")
"""The files that a dataset in parts has once per part."""


def file_of(name: str, part: int | None = None) -> str:
    """What a file of a dataset is called; ``part``: from 0."""
    return f"{name}.parquet" if part is None else f"{name}-{part:05d}.parquet"


def about_parts(n: int) -> dict[str, Any]:
    """What the manifest says of ``n`` parts."""
    return {"n": n, "hash": HASH, "key": KEY}


def parts_said(about: Any) -> int | None:
    """In how many parts a dataset lies by its manifest; null: in none. Raises InputError ``dataset.bad_parts``."""
    if about is None:
        return None
    is_known = isinstance(about, dict) and about == about_parts(about.get("n", 0)) and type(about["n"]) is int
    if not is_known or not 1 <= about["n"] <= MOST_PARTS:
        allowed = str(about_parts(64)).replace("'", '"')
        raise InputError("dataset.bad_parts", given=str(about)[:200], allowed=allowed, most=MOST_PARTS)
    return int(about["n"])


def part_of(keys: Iterable[str], n: int) -> list[int]:
    """The part of each key, 0 … n - 1."""
    return [int(hashlib.md5(key.encode(), usedforsecurity=False).hexdigest()[:8], 16) % n for key in keys]


def keys(facts: Facts) -> pl.DataFrame:
    """``lead_id``, ``key``: what decides in which part a lead stands, one row per lead.

    A lead's customer, else the lead itself. Where a lead had several customers, or names as its referrer a lead or a
    customer of these facts, all of them share the key that comes first as text.
    """
    rows = facts.lead_rows.lazy().select("lead_id", "customer_id", "referrer_id")
    customers = rows.drop_nulls("customer_id").select("lead_id", "customer_id").unique().collect()
    first = customers.group_by("lead_id").agg(pl.col("customer_id").min().alias("customer"))
    found = facts.lead_ids.sort().to_frame("lead_id").join(first, on="lead_id", how="left")
    found = found.select("lead_id", key=pl.coalesce("customer", "lead_id"))
    several = customers.join(first, on="lead_id").filter(pl.col("customer_id") != pl.col("customer"))
    linked = [several.select(one="customer", other="customer_id")]
    named = rows.drop_nulls("referrer_id").select("lead_id", "referrer_id").unique().collect()
    if not named.is_empty():
        named = named.join(found, on="lead_id").select(pl.col("key").alias("one"), "referrer_id")
        as_lead = found.select(pl.col("lead_id").alias("referrer_id"), pl.col("key").alias("other"))
        as_customer = customers.select(pl.col("customer_id").alias("referrer_id")).unique()
        linked.append(named.join(as_lead, on="referrer_id").select("one", "other"))
        linked.append(named.join(as_customer, on="referrer_id").select("one", pl.col("referrer_id").alias("other")))
    joined = _joined(pl.concat(linked).filter(pl.col("one") != pl.col("other")).unique())
    if not joined:
        return found
    return found.with_columns(pl.col("key").replace(list(joined), list(joined.values())))


def _joined(pairs: pl.DataFrame) -> dict[str, str]:
    """Of each text that is linked to others, however far: the first of them."""
    above: dict[str, str] = {}

    def top(key: str) -> str:
        while (upper := above.setdefault(key, key)) != key:
            above[key] = key = above[upper]
        return key

    for one, other in pairs.iter_rows():
        first, second = sorted((top(one), top(other)))
        above[second] = first
    return {key: top(key) for key in list(above)}


def foreign_referrers(facts: Facts) -> pl.Series:
    """Who is named as a referrer in these facts and is neither a lead nor a customer of them."""
    named = facts.lead_rows["referrer_id"].drop_nulls().unique()
    known = pl.concat([facts.lead_ids, facts.lead_rows["customer_id"].drop_nulls()]).unique()
    return named.filter(~named.is_in(known.implode()))
