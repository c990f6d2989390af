"""The English sentence of every code, by area: one module an area, each with ``MESSAGES: dict[str, str]``."""

from __future__ import annotations

import importlib
import pkgutil

MESSAGES: dict[str, str] = {}
for _module in sorted(info.name for info in pkgutil.iter_modules(__path__)):
    _area: dict[str, str] = importlib.import_module(f"{__name__}.{_module}").MESSAGES
    if _twice := MESSAGES.keys() & _area.keys():
        raise ValueError(f"message codes defined in two areas: {sorted(_twice)}")
    MESSAGES |= _area
