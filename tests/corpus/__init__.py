"""Small files of invented deals in the clothes of many programs, each with the right figures beside it.

One pipeline whose truth is known (``pipeline``) is written as CRMs, connectors and people write it (``crms``,
``abroad``, ``chinese``, ``by_hand``, ``logs``, ``connectors``, ``totals``, ``others``), with dirt on it (``dirt``, ``mirrored``), in
twins that differ in one sign (``twins``). ``person`` reads a file as somebody who changes nothing. Nothing here knows how
the import reads, except ``person``.

    python -m tests.corpus                      the score table (--mended: shorten known_wrong.txt by what is right now)
    python -m tests.corpus NAME                 one file, how it was read, and what it should have given
    pytest tests/corpus -k NAME                 that file alone
"""
