"""Reads a dataset, from a zip or a folder, and says which file and which column of it does not fit."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

import dataframely as dy
import polars as pl

from funnel.dataset.contract import BESIDE, FACTS, FORMAT, MANIFEST, SETTINGS, VERSION, Dataset
from funnel.dataset.parts import IN_PARTS, file_of, keys, part_of, parts_said
from funnel.definition.definition import SCOPES, FunnelDefinition, from_dict
from funnel.errors import InputError, StorageError
from funnel.i18n.messages import MESSAGES
from funnel.intake.reading.apart import read_parquets, unpack
from funnel.schema import Facts, Shape, empty, facts_in
from funnel.storage import plain

_BLANK = re.compile(r"%\((\w+)\)s")
_MOST = 16 << 20  # bytes of a manifest
_MOST_NAMED = 5  # files in a sentence
_WRONG = (ValueError, KeyError, TypeError, AttributeError, StorageError)


def read_dataset(path: Path) -> Dataset:
    """The dataset in a zip file or in a folder.

    Raises InputError: ``dataset.*`` with the file and the column that does not fit, ``definition.*`` for a funnel that
    is none, and the refusals of ``funnel.intake.reading.apart``.
    """
    if path.is_dir():
        return _dataset({one.name: one for one in path.iterdir() if one.is_file()})
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        return _dataset({one.name: one.path for one in unpack(path, "zip", Path(folder))})


def is_dataset(names: list[str]) -> bool:
    """Whether files of these names are a dataset."""
    return MANIFEST in names


def _dataset(files: dict[str, Path]) -> Dataset:
    about = manifest_of(files)
    check_files(files, about)
    read = read_parquets({file: path for file, path in files.items() if file != MANIFEST})
    frames, stands = {}, []
    for name, schema in (FACTS | BESIDE).items():
        given = about.files_of(name)
        parts = [checked(file, schema, read[file]) for file in given if file in read]
        frames[name] = pl.concat(parts) if parts else empty(schema)
        if len(given) > 1:
            # the order of the rows within an import counts; those of one row stand in one part
            frames[name] = frames[name].sort("batch_no", "row_no", maintain_order=True)
            stands += [one.select("lead_id", part=pl.lit(no, pl.Int64)) for no, one in enumerate(parts)]
    check_together(frames)
    if stands:
        _check_parts(facts_in(frames), pl.concat(stands).unique(), about.n_parts or 1)
    spend, rejected, findings = (frames[name] for name in BESIDE)
    return Dataset(about.name, about.definition, facts_in(frames), spend, rejected, findings, about.settings)


@dataclass(frozen=True)
class About:
    """What the manifest of a dataset says. ``n_parts``: null where it does not lie in parts."""

    name: str
    definition: FunnelDefinition
    settings: dict[str, Any]
    n_parts: int | None

    def files_of(self, name: str) -> list[str]:
        """The files that hold the rows of a kind, in the order of the parts."""
        if self.n_parts is None or name not in IN_PARTS:
            return [file_of(name)]
        return [file_of(name, part) for part in range(self.n_parts)]


def check_files(files: Mapping[str, Path], about: About) -> None:
    """Raises InputError ``dataset.missing_file`` or ``dataset.unknown_file``."""
    needed = [MANIFEST, *(file for name in FACTS for file in about.files_of(name))]
    followed = about.files_of("followed") if about.n_parts is not None else []
    known = {*needed, *(file_of(name) for name in BESIDE), *followed}
    strange = sorted(set(files) - known)
    if strange:
        allowed = [name for name in sorted(known) if not name[-13:-8].isdigit() or name.endswith(file_of("", 0))]
        raise InputError("dataset.unknown_file", given=strange[:_MOST_NAMED], allowed=allowed)
    if any(file in files for file in followed):
        needed += followed
    missing = [name for name in needed if name not in files]
    if missing:
        raise InputError("dataset.missing_file", given=missing[:_MOST_NAMED])


def _check_parts(facts: Facts, stands: pl.DataFrame, n: int) -> None:
    """That each lead stands in the one part that its key says."""
    known = keys(facts)
    right = known.select("lead_id", right=pl.Series(part_of(known["key"], n), dtype=pl.Int64))
    wrong = stands.join(right, on="lead_id").filter(pl.col("part") != pl.col("right")).sort("lead_id")
    if not wrong.is_empty():
        lead, part, place = wrong.row(0)
        raise InputError(
            "dataset.wrong_part", given=lead, file=file_of("*", part), allowed=file_of("*", place), n=wrong.height
        )


def manifest_of(files: Mapping[str, Path]) -> About:
    """What the manifest among the files says. Raises InputError ``dataset.*`` and ``definition.*``."""
    if MANIFEST not in files:
        raise InputError("dataset.missing_file", given=[MANIFEST])
    path = files[MANIFEST]
    if path.stat().st_size > _MOST:
        raise InputError("dataset.bad_manifest", given=MANIFEST, problem=f"> {_MOST >> 20} MB")
    try:
        about = plain.loads(path.read_text(encoding="utf-8"))
        kind, version = about["format"], about["version"]
        name, funnel, settings = str(about["name"]), about["definition"], dict(about.get("settings") or {})
    except _WRONG as error:
        raise InputError("dataset.bad_manifest", given=MANIFEST, problem=str(error)) from error
    if kind != FORMAT or not isinstance(version, int) or version > VERSION:
        raise InputError("dataset.other_version", given=f"{kind} {version}", allowed=f"{FORMAT} {VERSION}")
    wrong = [key for key, value in settings.items() if key not in SETTINGS or not SETTINGS[key](value)]
    if wrong:
        raise InputError("dataset.bad_setting", given=wrong, allowed=list(SETTINGS))
    return About(name, from_dict(funnel), settings, parts_said(about.get("parts")))


def checked(file: str, schema: type[dy.Schema], frame: pl.DataFrame) -> pl.DataFrame:
    """The rows of one file, in its order, with the types of the schema where nothing is lost by it.

    Raises InputError ``dataset.*`` with the file and the column that does not fit.
    """
    wanted = schema.column_names()
    missing = [column for column in wanted if column not in frame.columns]
    frame = frame.with_columns(pl.lit(None).alias(column) for column in missing)  # a form of before the column
    missing = [column for column in missing if not schema.columns()[column].nullable]
    if missing:
        raise InputError("dataset.missing_column", file=file, given=missing, allowed=wanted)
    strange = [column for column in frame.columns if column not in wanted]
    if strange:
        raise InputError("dataset.unknown_column", file=file, given=strange, allowed=wanted)
    kinds = {column: schema.columns()[column].dtype for column in wanted}
    cast = []
    for column, kind in kinds.items():
        given = frame[column]
        try:
            cells = given if given.dtype == kind else given.cast(kind, strict=True)
        except pl.exceptions.PolarsError:
            cells = None
        # a cast may cut silently: a day of a time, the fraction of a number
        if cells is None or not cells.cast(given.dtype, strict=False).eq_missing(given).all():
            raise InputError("dataset.wrong_type", file=file, column=column, given=str(given.dtype), allowed=str(kind))
        cast.append(cells)
    good, failed = schema.filter(pl.DataFrame(cast))
    if len(failed):
        rule = next(iter(failed.counts()))
        column, _, why = rule.partition("|")
        raise InputError("dataset.bad_rows", file=file, column=column, rule=why or rule, n=len(failed))
    return good


def check_together(frames: dict[str, pl.DataFrame]) -> None:
    """What no file can show alone: the imports that rows belong to, words that mean something."""
    batches = frames["batches"]
    if batches["batch_no"].is_duplicated().any():
        raise InputError("dataset.bad_rows", file="batches.parquet", column="batch_no", rule="unique", n=1)
    for file, column, allowed in (
        ("batches", "shape", get_args(Shape)),
        ("labels", "scope", SCOPES),
    ):
        strange = set(frames[file][column]) - set(allowed)
        if strange:
            name = f"{file}.parquet"
            raise InputError("dataset.unknown_value", file=name, column=column, given=sorted(strange), allowed=allowed)
    for name, frame in frames.items():
        if "batch_no" not in frame.columns:
            continue
        strange = sorted(set(frame["batch_no"]) - set(batches["batch_no"]))
        if strange:
            raise InputError("dataset.unknown_batch", file=f"{name}.parquet", given=strange[:5])
    for text in frames["findings"]["finding"]:
        try:
            message = plain.finding_in(text).message
            blanks = set(_BLANK.findall(MESSAGES[message.code]))
        except _WRONG as error:
            raise InputError("dataset.bad_finding", file="findings.parquet", given=text[:80]) from error
        if not blanks <= set(message.params):
            raise InputError("dataset.bad_finding", file="findings.parquet", given=text[:80])
