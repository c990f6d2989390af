"""Names of columns, roles and exits, as the pages show them."""

from __future__ import annotations

from funnel.definition.definition import DUPLICATE, IGNORE, JUNK, LOST, ON_HOLD, OPEN
from funnel.filters import DIMENSIONS
from funnel.harmless import plain_text  # noqa: F401  (for the pages, beside the other words)
from funnel.i18n.translator import Translator


def exit_name(target: object, t: Translator) -> str:
    """What a label can mean besides a stage."""
    return {
        LOST: t("Lost"),
        JUNK: t("Lost: not a real lead (junk)"),
        DUPLICATE: t("Duplicate: leave the lead out"),
        ON_HOLD: t("On hold: still open"),
        OPEN: t("Still open"),
        IGNORE: t("– not used –"),
    }[str(target)]


def role_name(role: object, t: Translator) -> str:
    """What a column of a file can mean."""
    return t.message_of(f"intake.role.{role}")


def width_of(text: str) -> int:
    """How wide a text is, in Latin letters; a Chinese one is as wide as two."""
    return sum(2 if "\u2e80" <= letter <= "\uffef" else 1 for letter in text)


def column_name(column: str, t: Translator) -> str:
    """A column of a stored row or a lead list."""
    names = {
        "lead_id": t("Lead id"),
        "lead_name": t("Name"),
        "created_at": t("Created"),
        "changed_at": t("Changed"),
        "stage_label": t.term("stage"),
        "status_label": t("Status"),
        "closed_at": t("Closed"),
        "expected_close_at": t("Expected close"),
        "lost_at": t("Lost on"),
        "lost_reason": t.term("lost_reason"),
        "amount": t.term("amount"),
        "customer_id": t.term("customer"),
        **{dimension: t.term(dimension) for dimension in DIMENSIONS},
        "pipeline": t.term("pipeline"),
        "currency": t.term("currency"),
        "repeat_at": t("Bought again"),
        "referral_at": t("Referred"),
        "referrer_id": t("Referrer"),
        "label": t.term("stage"),
        "period_start": t("From"),
        "period_end": t("To"),
        "n": t("Count"),
    }
    return names.get(column, column)


def owner_role_name(role: str, t: Translator) -> str:
    """A responsible role of the funnel definition (``funnel.definition.definition.ROLES``)."""
    return {
        "marketing": t("Marketing"),
        "sales": t("Sales"),
        "technical": t("Technical experts"),
        "customer_success": t("Customer success"),
        "management": t("Management"),
    }[role]
