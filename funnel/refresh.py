"""``python -m funnel.refresh WORKSPACE``: look for newer data in the source of a workspace, from cron or systemd.

One line says how it ended. Exit status: 0 taken in, or nothing newer; 1 something is to be decided on the Import page,
nothing was stored; 2 the workspace or its source cannot be used; 3 the app has the workspace open and will look itself
when somebody opens a page next.
"""

from __future__ import annotations

import argparse
import os
import sys
from datetime import datetime
from pathlib import Path

from funnel.errors import FunnelError, StorageError
from funnel.i18n.translator import Translator
from funnel.sources.outcomes import in_words
from funnel.sources.places import DATA_DIR
from funnel.sources.refreshing import refresh
from funnel.sources.requests import request
from funnel.storage.workspaces import list_workspaces, open_workspace

_WHO = "refresh"


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m funnel.refresh", description=__doc__)
    parser.add_argument("workspace", help="the name of the workspace, as the app shows it")
    parser.add_argument("--data-dir", type=Path, default=Path(os.environ.get("FUNNEL_DATA_DIR") or DATA_DIR))
    parser.add_argument("--source-dir", type=Path, default=os.environ.get("FUNNEL_SOURCE_DIR"))
    parser.add_argument("--language", choices=("en", "zh_Hans"), default="en")
    asked = parser.parse_args(arguments)
    t = Translator(asked.language)
    sources = Path(asked.source_dir or asked.data_dir / "sources")
    status, line = _refreshed(asked.workspace, asked.data_dir, sources, t)
    sys.stdout.write(f"{asked.workspace}: {line}\n")
    return status


def _refreshed(name: str, folder: Path, sources: Path, t: Translator) -> tuple[int, str]:
    found = [info for info in list_workspaces(folder) if name in (info.name, info.path.stem)]
    if not found:
        names = [info.name for info in list_workspaces(folder)]
        return 2, t("There is no workspace of this name; there are: %(names)s.", names=names)
    try:
        store = open_workspace(found[0].path)
    except StorageError as error:
        if error.message.code != "storage.in_use":
            return 2, t.message(error)
        request(found[0].path)
        return 3, t("The app has it open: it looks for newer data itself when somebody opens a page next.")
    try:
        outcome = refresh(store, sources, who=_WHO, now=datetime.now().replace(microsecond=0))
    except FunnelError as error:
        return 2, t.message(error)
    finally:
        store.close()
    return {"asks": 1, "no_source": 2}.get(outcome.state, 0), in_words(outcome, t)


if __name__ == "__main__":
    sys.exit(main())
