"""Parts worked through by the workers of a Dask cluster. Dask is loaded here only, when a cluster is asked.

Measured traps that this file goes around: a Polars frame travels at twice its memory and is taken for 56 bytes, so
workers answer with bytes; Dask would answer from an old result after a file was rewritten, so nothing is taken for pure
and the state of the files stands in what is asked; the name of a part is not known to Dask, so it is kept here. A small
answer as a file of Arrow costs more than ten times what it costs as a stream of Arrow.
"""

from __future__ import annotations

import io
import pickle
import threading
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, TypeVar

import polars as pl

from funnel.dataset.parted import Parted
from funnel.errors import InputError, StorageError
from funnel.scale.kept import code_state
from funnel.scale.ways import told

Found = TypeVar("Found")
PATIENCE_S = 20
"""So long a scheduler, and the first worker, is waited for."""
_MOST_SAID = 300  # characters of an error
_TRIED_AGAIN = 2
"""How often a part whose work failed is tried again, elsewhere; of workers that die Dask itself tries four."""


@dataclass(frozen=True)
class Address:
    """Where the scheduler listens (``tcp://…`` or ``tls://…``), and the files of TLS: the authority that both sides
    trust, our certificate and its key."""

    scheduler: str
    ca: str | None = None
    cert: str | None = None
    key: str | None = None


class Cluster:
    """The workers behind one scheduler. One connection, made when it is first needed and again where it was lost."""

    def __init__(self, address: Address) -> None:
        self._address = address
        self._lock = threading.Lock()
        self._connected: Any = None

    def each(self, work: Callable[[int], Found], parted: Parted) -> Iterator[tuple[int, Found]]:
        return self._each(_found, work, parted, pickle.loads)

    def answers(
        self, recipe: Any, plans: list[pl.LazyFrame], parted: Parted
    ) -> Iterator[tuple[int, list[pl.DataFrame]]]:
        return self._each(_answered, (recipe, plans), parted, _frames)

    def _each(
        self, on_worker: Callable[[bytes, int], Any], asked: Any, parted: Parted, unpack: Callable[[Any], Any]
    ) -> Iterator[tuple[int, Any]]:
        client = self._client()
        from distributed import KilledWorker, as_completed
        from distributed.client import FutureCancelledError

        run, content, futures = uuid.uuid4().hex, pickle.dumps(asked), {}
        try:
            for part in range(parted.n):
                key = f"{parted.name_of(part)}-{run}"
                future = client.submit(on_worker, content, part, key=key, pure=False, retries=_TRIED_AGAIN)
                futures[future] = part
            told(0, parted.n)
            arrived = as_completed(list(futures), loop=client.loop, with_results=True, raise_errors=False)
            for done, (future, answer) in enumerate(arrived, 1):
                part = futures[future]
                try:
                    if future.status != "finished":
                        future.result()  # raises what kept it from being finished
                except (KilledWorker, FutureCancelledError, pl.exceptions.PolarsError, OSError, MemoryError) as error:
                    said = (str(error) or type(error).__name__)[:_MOST_SAID]
                    raise StorageError("scale.part_failed", given=parted.name_of(part), problem=said) from error
                told(done, parted.n)
                yield part, unpack(answer)
        finally:
            client.cancel(list(futures))

    def _client(self) -> Any:
        with self._lock:
            if self._connected is None or self._connected.status != "running":
                self._connected = _connect(self._address)
            return self._connected


def _connect(to: Address) -> Any:
    """A client of the scheduler whose workers are as this machine is: the same Polars, the same state of the code.

    Raises InputError ``scale.no_dask``, ``scale.no_cluster``, ``scale.no_workers`` and ``scale.other_workers``.
    """
    try:
        from distributed import Client, Security, WorkerPlugin
    except ImportError as error:
        raise InputError("scale.no_dask") from error

    class NoMoreThreads(WorkerPlugin):
        """Every worker, also one that comes later, takes as many threads for Polars as it has: else each takes all."""

        def setup(self, worker: Any) -> None:
            import os

            os.environ.setdefault("POLARS_MAX_THREADS", str(worker.state.nthreads))

    security = None
    if to.ca is not None:
        security = Security(tls_ca_file=to.ca, tls_client_cert=to.cert, tls_client_key=to.key, require_encryption=True)
    try:
        client = Client(to.scheduler, timeout=PATIENCE_S, security=security, set_as_default=False)
    except (OSError, ValueError, TypeError) as error:
        raise InputError("scale.no_cluster", given=to.scheduler) from error
    client.register_plugin(NoMoreThreads(), name="funnel-threads")
    try:
        client.wait_for_workers(1, timeout=PATIENCE_S)
        workers = set(client.run(_state).values())
    except (OSError, TimeoutError, ImportError) as error:
        client.close()
        raise InputError("scale.no_workers", given=to.scheduler, problem=str(error)[:_MOST_SAID]) from error
    if strange := workers - {_state()}:
        client.close()
        raise InputError("scale.other_workers", given=sorted(map(str, strange)), allowed=str(_state()))
    return client


def _state() -> tuple[str, str]:
    """What must be the same on both sides for hashes and journeys to be the same: Polars, and our own code."""
    return pl.__version__, code_state()[:12]


def _found(content: bytes, part: int) -> bytes:
    """On a worker: what a function finds in a part."""
    return pickle.dumps(pickle.loads(content)(part))


def _answered(content: bytes, part: int) -> list[bytes]:
    """On a worker: what a part answers to plans."""
    recipe, plans = pickle.loads(content)
    found = []
    for frame in recipe.answers(plans, part):
        file = io.BytesIO()
        frame.write_ipc_stream(file, compression="zstd")
        found.append(file.getvalue())
    return found


def _frames(answer: list[bytes]) -> list[pl.DataFrame]:
    return [pl.read_ipc_stream(io.BytesIO(one)) for one in answer]
