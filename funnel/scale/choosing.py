"""The way that a name means on this machine."""

from __future__ import annotations

from functools import cache

from funnel.errors import InputError
from funnel.scale.cluster import Address, Cluster
from funnel.scale.ways import Here, Way, WayName

_cluster = cache(Cluster)  # one connection per address and process


def way_named(name: WayName, address: Address | None) -> Way:
    """The way of that name; ``address``: of the cluster, null where the machine has none.

    Raises InputError ``scale.no_address``.
    """
    if name != "cluster":
        return Here()
    if address is None:
        raise InputError("scale.no_address")
    return _cluster(address)
