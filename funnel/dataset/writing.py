"""Writes a dataset as one zip file of Parquet files."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator
from dataclasses import replace

import polars as pl

from funnel.dataset.contract import BESIDE, FACTS, FORMAT, MANIFEST, VERSION, Dataset
from funnel.dataset.parts import IN_PARTS, about_parts, file_of, keys, part_of
from funnel.metrics.journeys.follow_up import as_told, day_of_the_only_file, follow_up
from funnel.metrics.journeys.order import places_in_order, renumbered
from funnel.schema import Followed, facts_in
from funnel.storage import plain


def dataset_zip(dataset: Dataset, n_parts: int | None = None) -> bytes:
    """The dataset as ``funnel.dataset.reading`` reads it back: equal facts, in the same order.

    ``n_parts``: so many parts, each of which can be counted by itself. There imports stand in the order of the days
    that they speak of, with who is in them, and up to which day each lead was followed.
    """
    about = {"format": FORMAT, "version": VERSION, "name": dataset.name, "definition": dataset.definition.to_dict()}
    frames = {name: dataset.frame(name).select(schema.column_names()) for name, schema in (FACTS | BESIDE).items()}
    settings = dict(dataset.settings)
    if n_parts is not None:
        dataset = _in_order(dataset)
        settings.pop("covers", None)
        about["parts"] = about_parts(n_parts)
        whole = {name: dataset.frame(name) for name in frames if name not in IN_PARTS}
        frames = {name: frame.select(frames[name].columns) for name, frame in whole.items()}
    about["settings"] = json.loads(plain.dumps(settings))
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:  # Parquet is packed already
        archive.writestr(MANIFEST, json.dumps(about, ensure_ascii=False, indent=1))
        named = [(file_of(name), frame) for name, frame in frames.items()]
        for name, frame in [*named, *(_parts(dataset, n_parts) if n_parts is not None else ())]:
            file = io.BytesIO()
            frame.write_parquet(file)
            archive.writestr(name, file.getvalue())
    return out.getvalue()


def _in_order(dataset: Dataset) -> Dataset:
    """The dataset with its imports numbered by the days that they speak of, and who is in them said at the import."""
    facts = as_told(dataset.facts, dataset.settings)
    places = places_in_order(facts)
    if places is None:
        return replace(dataset, facts=facts)
    frames = {name: renumbered(getattr(facts, name), places) for name in FACTS}
    beside = {name: renumbered(dataset.frame(name), places) for name in ("rejected", "findings")}
    # The answers stay: up to which day leads were followed rests on them.
    return replace(dataset, facts=as_told(facts_in(frames), {**dataset.settings, "covers": None}), **beside)


def _parts(dataset: Dataset, n: int) -> Iterator[tuple[str, pl.DataFrame]]:
    """The files of every part, by name; in each the rows in their order."""
    facts = dataset.facts
    frames = {"lead_rows": facts.lead_rows, "entries": facts.entries}
    if day_of_the_only_file(facts) is None:
        frames["followed"] = Followed.validate(follow_up(facts, dataset.definition), cast=True)
    known = keys(facts)
    place = known.select("lead_id", part=pl.Series(part_of(known["key"], n), dtype=pl.Int32))
    for name, frame in frames.items():
        placed = frame.join(place, on="lead_id", how="left", maintain_order="left")
        parts = placed.partition_by("part", as_dict=True, include_key=False, maintain_order=True)
        for part in range(n):
            yield file_of(name, part), parts.get((part,), frame.clear())
