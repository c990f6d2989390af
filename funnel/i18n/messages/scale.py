"""Sentences about a history that is counted in parts."""

from __future__ import annotations

from funnel.i18n.marks import N_

MESSAGES: dict[str, str] = {
    "scale.part_failed": N_(
        "The part %(given)s of the history could not be counted (%(problem)s), so nothing is shown rather than too "
        "little. Look after the file or the machine, and open the page again: the other parts are kept."
    ),
    "scale.has_imports": N_(
        "“%(given)s” holds imports of its own. Make a new workspace for the dataset, so that neither is lost."
    ),
    "scale.no_dask": N_(
        "Counting on a cluster needs the package dask[distributed] on this machine: install requirements-scale.txt, or "
        "count part by part on this machine."
    ),
    "scale.no_address": N_(
        "This history is counted on a cluster, and this machine knows none. Set FUNNEL_CLUSTER and start the app "
        "again, or choose another way under Import."
    ),
    "scale.no_cluster": N_(
        "No cluster answers at %(given)s. Start its scheduler, or check FUNNEL_CLUSTER and the files of TLS; until "
        "then choose another way under Import."
    ),
    "scale.no_workers": N_(
        "The cluster at %(given)s has no worker that can count (%(problem)s). Start workers in the folder of the app: "
        "docs/scale.md."
    ),
    "scale.other_workers": N_(
        "The workers of the cluster run another version (%(given)s) than this machine (%(allowed)s). Start them from "
        "the same folder and the same environment."
    ),
}
