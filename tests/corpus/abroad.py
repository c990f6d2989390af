"""Exports in German, French and Spanish, and of programs that are read in these languages."""

from __future__ import annotations

from collections.abc import Iterator

from tests.corpus.case import Case
from tests.corpus.pipeline import deals
from tests.corpus.sheet import Layout, Sheet, Words, as_csv, day_first, dress, german, german_time, headers


def german_money(value: int) -> str:
    """1.234,00"""
    return f"{value:,}".replace(",", ".") + ",00"


def tryton_english() -> Sheet:
    layout = Layout(
        headers(
            "Number = id | Party = contact | Start Date = created | End Date = closed | Employee = owner |"
            "State = stage | Amount = amount | Conversion Probability = probability | Description = name"
        ),
        Words(("Lead", "Opportunity"), "Converted", "Lost"),
        stamp=lambda at: at.strftime("%Y-%m-%d"),
    )
    return dress(layout, deals(stages=2, seed=31))


def tryton_german() -> Sheet:
    layout = Layout(
        headers(
            "Nummer = id | Partei = contact | Startdatum = created | Enddatum = closed | Mitarbeiter = owner |"
            "Status = stage | Betrag = amount | Abschlusswahrscheinlichkeit = probability | Beschreibung = name"
        ),
        Words(("Interessent", "Chance"), "Umgewandelt", "Verloren"),
        stamp=german,
        money=german_money,
    )
    return dress(layout, deals(stages=2, seed=32))


def tryton_french() -> Sheet:
    layout = Layout(
        headers(
            "Numéro = id | Tiers = contact | Date de début = created | Date de fin = closed | Employé = owner |"
            "État = stage | Montant = amount | Probabilité de conversion = probability | Description = name"
        ),
        Words(("Prospect", "Opportunité"), "Convertie", "Perdue"),
        stamp=day_first,
        money=lambda v: f"{v:,}".replace(",", "\u202f") + ",00",
    )
    return dress(layout, deals(stages=2, seed=33))


def creme_english() -> Sheet:
    layout = Layout(
        headers(
            "ID = id | Name of the opportunity = name | Reference | Estimated sales = estimate | Made sales = actual |"
            "Currency = usd | Sales phase = stage | % of chance to win = probability | Expected closing date = expected |"
            "Actual closing date = closed | Origin = source | Target organisation / contact = contact | Owner user = owner |"
            "Creation date = created | Last modification = modified"
        ),
        Words(("Forthcoming", "In progress", "Under negotiation"), "Won", "Lost"),
    )
    made = dress(layout, deals(stages=3, seed=34, currencies=("USD",)), money=True, estimate=False)
    return made


def creme_french() -> Sheet:
    layout = Layout(
        headers(
            "ID = id | Nom de l'opportunité = name | Référence | CA estimé = estimate | CA final = actual |"
            "Phase de vente = stage | % de chance d'obtention = probability | Date de signature prévue = expected |"
            "Date de signature réelle = closed | Origine = source | Société cible = contact |"
            "Fiche appartenant à = owner | Date de création = created | Dernière modification = modified"
        ),
        Words(("À venir", "En cours", "En négociation"), "Gagnée", "Perdue"),
        stamp=day_first,
        day=day_first,
    )
    return dress(layout, deals(stages=3, seed=35), money=True, estimate=False)


def hand_german() -> Sheet:
    layout = Layout(
        headers(
            "Auftragsnr. = id | Kunde = contact | Anfrage vom = created | Phase = stage | Angebotssumme = amount |"
            "Abschlussdatum = closed | Verantwortlich = owner | Quelle = source | Verlustgrund = reason"
        ),
        Words(("Anfrage", "Qualifiziert", "Angebot", "Verhandlung"), "Gewonnen", "Verloren"),
        id_form="A-{0}",
        stamp=german,
        money=german_money,
    )
    return dress(layout, deals(seed=36))


def salesforce_german() -> Sheet:
    layout = Layout(
        headers(
            "Opportunity-Inhaber = owner | Accountname = contact | Opportunity-Name = name | Opportunity-ID = id |"
            "Phase = stage | Betrag = amount | Wahrscheinlichkeit (%) = probability | Schlusstermin = close_or_plan |"
            "Erstelldatum = created | Lead-Quelle = source"
        ),
        Words(("Prospektion", "Qualifizierung", "Angebot/Preisangebot", "Verhandlung/Prüfung"),
              "Geschlossen und gewonnen", "Geschlossen und verloren"),
        id_form="006{1}",
        stamp=german_time,
        day=german,
        money=german_money,
    )  # fmt: skip
    return dress(layout, deals(seed=37))


def hubspot_french() -> Sheet:
    layout = Layout(
        headers(
            "ID de fiche d'informations = id | Nom de la transaction = name | Phase de la transaction = stage |"
            "Date de fermeture = close_or_plan | Propriétaire de la transaction = owner | Montant = amount |"
            "Pipeline = pipeline | Date de création = created | Motif de perte = reason"
        ),
        Words(("Rendez-vous planifié", "Qualifié pour acheter", "Présentation planifiée", "Contrat envoyé"),
              "Fermé gagné", "Fermé perdu"),
        id_form="9{1}",
    )  # fmt: skip
    return dress(layout, deals(seed=38))


def spanish() -> Sheet:
    layout = Layout(
        headers(
            "ID del negocio = id | Nombre del negocio = name | Etapa = stage | Fecha de cierre = close_or_plan |"
            "Propietario = owner | Importe = amount | Fecha de creación = created | Motivo de pérdida = reason"
        ),
        Words(("Cita programada", "Calificado", "Propuesta", "Contrato enviado"), "Cierre ganado", "Cierre perdido"),
        id_form="7{1}",
    )
    return dress(layout, deals(seed=39))


def cases() -> Iterator[Case]:
    """Each once; what is written as people in these countries save it is in cp1252 with semicolons."""
    for layout in (tryton_english, creme_english, salesforce_german, hubspot_french, spanish):
        yield Case(layout.__name__.replace("_", "-"), "other languages", layout(), "may", can_scramble=True)
    for layout in (tryton_german, tryton_french, creme_french, hand_german):
        yield Case(
            layout.__name__.replace("_", "-"),
            "other languages",
            layout(),
            "may",
            write=lambda sheet: as_csv(sheet, ";", "utf-8-sig"),
        )
