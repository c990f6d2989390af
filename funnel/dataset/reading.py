"""Reads a dataset, from a zip or a folder, and says which file and which column of it does not fit."""

from __future__ import annotations

import re
import tempfile
from pathlib import Path
from typing import Any, get_args

import dataframely as dy
import polars as pl

from funnel.dataset.contract import BESIDE, FACTS, FORMAT, MANIFEST, SETTINGS, VERSION, Dataset
from funnel.definition.definition import SCOPES, FunnelDefinition, from_dict
from funnel.errors import InputError, StorageError
from funnel.i18n.messages import MESSAGES
from funnel.intake.reading.apart import read_parquets, unpack
from funnel.schema import Shape, empty, facts_in
from funnel.storage import plain

_BLANK = re.compile(r"%\((\w+)\)s")
_MOST = 16 << 20  # bytes of a manifest
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
    known = {MANIFEST, *(f"{name}.parquet" for name in FACTS | BESIDE)}
    strange = sorted(set(files) - known)
    if strange:
        raise InputError("dataset.unknown_file", given=strange, allowed=sorted(known))
    missing = [name for name in (MANIFEST, *(f"{name}.parquet" for name in FACTS)) if name not in files]
    if missing:
        raise InputError("dataset.missing_file", given=missing)
    name, definition, settings = _manifest(files[MANIFEST])
    read = read_parquets({file: path for file, path in files.items() if file != MANIFEST})
    frames = {
        name: _frame(f"{name}.parquet", schema, read[f"{name}.parquet"]) if f"{name}.parquet" in read else empty(schema)
        for name, schema in (FACTS | BESIDE).items()
    }
    _check_together(frames)
    spend, rejected, findings = (frames[name] for name in BESIDE)
    return Dataset(name, definition, facts_in(frames), spend, rejected, findings, settings)


def _manifest(path: Path) -> tuple[str, FunnelDefinition, dict[str, Any]]:
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
    return name, from_dict(funnel), settings


def _frame(file: str, schema: type[dy.Schema], frame: pl.DataFrame) -> pl.DataFrame:
    """The rows of one file, in its order, with the types of the schema where nothing is lost by it."""
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


def _check_together(frames: dict[str, pl.DataFrame]) -> None:
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
