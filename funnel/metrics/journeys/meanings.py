"""What raw labels mean under the current definition.

The mapping of a batch says what its labels mean (``facts.labels``); an override of the definition rules over it;
``definition.resolve`` follows merged and removed stages. A label that nobody mapped means nothing.
"""

from __future__ import annotations

import polars as pl

from funnel.definition.definition import DUPLICATE, IGNORE, JUNK, LOST, ON_HOLD, OPEN, FunnelDefinition
from funnel.metrics.journeys.looks import once
from funnel.schema import ONE_ROW_PER_LEAD, Facts

CODE_LOST, CODE_JUNK, CODE_DUPLICATE, CODE_OPEN, CODE_REASON = -1, -2, -3, -4, -5
"""What is not a stage; ``CODE_REASON`` is a loss reason without a status. A stage's code is its position."""

_EXIT_CODES = {
    LOST: CODE_LOST,
    JUNK: CODE_JUNK,
    DUPLICATE: CODE_DUPLICATE,
    ON_HOLD: CODE_OPEN,
    OPEN: CODE_OPEN,
    IGNORE: None,
}
MEANING_SCHEMA = {"batch_no": pl.Int32, "scope": pl.String, "label": pl.String, "code": pl.Int8}


def code_of(definition: FunnelDefinition, target: str) -> int | None:
    """Position of a stage, negative code of an exit, null for what is ignored; ``target`` may be of an old version."""
    resolved = definition.resolve(target)
    return _EXIT_CODES[resolved] if resolved in _EXIT_CODES else definition.position(resolved)


@once
def meanings(facts: Facts, definition: FunnelDefinition) -> pl.DataFrame:
    """``batch_no``, ``scope``, ``label`` → ``code`` of every label that its batch or the definition maps."""
    found: dict[tuple[int, str, str], int | None] = {}
    for batch_no, scope, label, target in facts.labels.select("batch_no", "scope", "label", "target").iter_rows():
        found[batch_no, scope, label] = code_of(definition, target)
    for (scope, label), target in definition.labels.items():
        for batch_no in facts.batches["batch_no"]:
            found[batch_no, scope, label] = code_of(definition, target)
    rows = [(*key, code) for key, code in found.items()]
    return pl.DataFrame(rows, schema=MEANING_SCHEMA, orient="row")


def with_code(rows: pl.LazyFrame, meant: pl.DataFrame, scope: str, label: str, code: str) -> pl.LazyFrame:
    """``rows`` with the meaning of its column ``label`` (all of one ``scope``) as the column ``code``."""
    known = meant.filter(pl.col("scope") == scope).select(
        "batch_no", pl.col("label").alias(label), pl.col("code").alias(code)
    )
    return rows.join(known.lazy(), on=["batch_no", label], how="left")


def dated_columns(facts: Facts, definition: FunnelDefinition) -> dict[int, set[int]]:
    """Batch number → positions of the stages for which that batch has a date column, blank or not."""
    dated: dict[int, set[int]] = {no: set() for no in facts.batches["batch_no"]}
    columns = facts.labels.filter(pl.col("scope") == "milestone").select("batch_no", "label", "target")
    for batch_no, label, target in columns.iter_rows():
        code = code_of(definition, definition.labels.get(("milestone", label), target))
        if code is not None and code > 0:
            dated[batch_no].add(code)
    return dated


def dated_stages(facts: Facts, definition: FunnelDefinition) -> dict[int, set[int]]:
    """Batch number → positions of the stages that batch dates (J6): a log all, the others their date columns."""
    dated = dated_columns(facts, definition)
    for batch_no, shape in facts.batches.select("batch_no", "shape").iter_rows():
        if shape == "stage_log":
            dated[batch_no] = set(range(1, len(definition.keys) + 1))
    return dated


def batches_of_versions(facts: Facts) -> list[int]:
    """The batches of leads that also tell dated changes of stage or status: tables of versions."""
    if facts.whole is not None:
        return list(facts.whole.versions)
    of_leads = facts.batches.filter(pl.col("shape").is_in(ONE_ROW_PER_LEAD))["batch_no"]
    if of_leads.is_empty():
        return []
    tells = pl.col("batch_no").is_in(of_leads.implode()) & (pl.col("scope") != "milestone")
    return facts.entries.filter(tells)["batch_no"].unique().to_list()
