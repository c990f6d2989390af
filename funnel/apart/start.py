"""Starts a script in this process, with limits of memory, computing time and file size where the system has them.

Run as ``python -P start.py MEMORY SECONDS FILE SCRIPT ARGUMENTS…`` (bytes; seconds of all processors together; bytes
of the largest file that it may write, 0: any). An absurd allocation fails at once instead of swapping the machine to a
halt; work that computes for too long is ended by the system, however deep in native code it is. On Linux it ends with
the application, also when that is killed.
"""

from __future__ import annotations

import importlib
import runpy
import signal
import sys

_PR_SET_PDEATHSIG = 1


def limit(memory: int, seconds: int, file: int = 0) -> None:
    """Set the limits of this process for good; does nothing on Windows."""
    try:
        resource = importlib.import_module("resource")
    except ModuleNotFoundError:
        return
    limits = [(resource.RLIMIT_AS, memory), (resource.RLIMIT_CPU, seconds)]
    for kind, value in [*limits, (resource.RLIMIT_FSIZE, file)] if file else limits:
        _, hard = resource.getrlimit(kind)
        resource.setrlimit(kind, (value if hard < 0 else min(value, hard), hard))


def end_with_parent() -> None:
    """Work that nobody waits for any more must not go on writing. Does nothing outside of Linux."""
    if sys.platform == "linux":
        importlib.import_module("ctypes").CDLL(None).prctl(_PR_SET_PDEATHSIG, int(signal.SIGKILL))


def main() -> None:
    end_with_parent()
    memory, seconds, file, script, *rest = sys.argv[1:]
    limit(int(memory), int(seconds), int(file))
    sys.argv = [script, *rest]
    runpy.run_path(script, run_name="__main__")


if __name__ == "__main__":
    main()
