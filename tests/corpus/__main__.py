"""``python -m tests.corpus [--all] [--mended] [NAME …]``: the score table, or one file with what was read and what is right.

``--all``: shuffled and scrambled files, too. ``--mended``: take what is read rightly now off the list of known wrong ones.
"""

from __future__ import annotations

import sys
import time

from tests.corpus import corpus, score
from tests.corpus.case import Case
from tests.corpus.person import judge

WIDTH = 118


def main(arguments: list[str]) -> int:
    """Exit status 1 when a file is read wrongly or refused."""
    every = {case.name: case for case in corpus.everything()}
    names = [name for name in arguments if not name.startswith("--")]
    chosen = [case for name, case in every.items() if name in names] or [
        case for name, case in every.items() if any(part in name for part in names)
    ]
    if names and not chosen:
        print("no such file; there are: " + " ".join(every))
        return 2
    if chosen and len(chosen) <= 3:
        return max(show(case) for case in chosen)
    start, found = time.process_time(), []
    for case in chosen or (every.values() if "--all" in arguments else corpus.files().values()):
        verdict = judge(case)
        found.append((case.name, case.kind, verdict.result, verdict.n_questions))
        if verdict.result not in ("right", "asked"):
            print(f"{verdict.result:8}{case.name:36}{verdict.why}"[:200], flush=True)
    print("\n".join(score.table(found)))
    if "--mended" in arguments:
        mended = {name for name, _, result, _ in found if result not in ("wrong", "refused")}
        score.KNOWN_WRONG.write_text("".join(f"{name}\n" for name in sorted(score.known_wrong() - mended)), "utf-8")
    print(f"{time.process_time() - start:.0f} s of CPU time")
    return int(any(result in ("wrong", "refused") for _, _, result, _ in found))


def show(case: Case) -> int:
    """One file, how it was read, and what it should have given."""
    question = {"no": "uncalled for", "may": "welcome", "must": "due"}[case.ask]
    print(f"== {case.name} ({case.kind}; a question is {question}) {case.why}")
    for cells in case.sheet.grid()[:12]:
        print(("   " + " | ".join(cells))[: WIDTH * 2])
    print(f"   … {len(case.sheet.grid())} lines" + "".join(f", then {name}" for name, _ in case.more))
    verdict = judge(case)
    reading = verdict.reading
    if reading.mapping is not None:
        print(f"-- read as {reading.mapping.shape}")
        for column, role in reading.mapping.roles.items():
            right = case.right_roles.get(column)
            print(f"   {column:40} {role}" + (f"   (right: {', '.join(right)})" if right and role not in right else ""))
        for (scope, label), target in reading.mapping.labels.items():
            print(f"   {scope}: {label!r} → {target}")
    if reading.definition is not None:
        print("   funnel: " + " → ".join(stage.name.en + "*" * stage.is_won for stage in reading.definition.stages))
    print(f"-- got      {reading.got}\n-- expected {case.expected}\n-- {verdict.result}: {verdict.why}")
    return int(verdict.result in ("wrong", "refused"))


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
