"""Small files written out by hand with their figures counted by hand: kinds that no pipeline of deals would show."""

from __future__ import annotations

from collections.abc import Iterator

from tests.corpus.case import Ask, Case
from tests.corpus.pipeline import Truth
from tests.corpus.sheet import Sheet


def written(name: str, text: str, truth: Truth, ask: Ask = "no", why: str = "") -> Case:
    """A file as it stands, cells between bars."""
    grid = [tuple(cell.strip() for cell in line.split("|")) for line in text.strip().splitlines()]
    sheet = Sheet(grid[0], tuple(grid[1:]), truth, ("",) * len(grid[0]), fixed_rows=True)
    return Case(name, "small", sheet, ask, roles={}, why=why)


AUDIT = """
id | parent_id | date_created | created_by | field_name | data_type | before_value_string | after_value_string
a1 | op-1 | 2024-01-10 09:00:00 | u1 | sales_stage | enum | Prospecting | Qualification
a2 | op-1 | 2024-01-20 09:00:00 | u1 | sales_stage | enum | Qualification | Closed Won
a3 | op-1 | 2024-01-20 09:00:00 | u1 | amount | currency | 900 | 1200
a4 | op-2 | 2024-01-12 09:00:00 | u2 | sales_stage | enum | Prospecting | Closed Lost
a5 | op-3 | 2024-01-15 09:00:00 | u1 | sales_stage | enum | Prospecting | Proposal/Price Quote
a6 | op-3 | 2024-01-18 09:00:00 | u1 | assigned_user_id | relate | u1 | u2
a7 | op-4 | 2024-02-02 09:00:00 | u2 | sales_stage | enum | Qualification | Proposal/Price Quote
a8 | op-4 | 2024-02-12 09:00:00 | u2 | sales_stage | enum | Proposal/Price Quote | Closed Won
a9 | op-4 | 2024-02-12 09:00:00 | u2 | amount | currency | | 800
"""
PASTED_TWICE = """
ID | Nombre | Presupuesto | Etapa | Creado en | Cerrado en
701 | Alder | 1200 | Logrado con éxito | 2024-01-03 09:00 | 2024-02-14 09:00
702 | Birch | 900 | Perdido | 2024-01-05 09:00 | 2024-02-01 09:00
703 | Cedar | 4000 | Propuesta | 2024-01-09 09:00 |
704 | Dogwood | 350 | Contacto inicial | 2024-01-15 09:00 |
701 | Alder | 1200 | Logrado con éxito | 2024-01-03 09:00 | 2024-02-14 09:00
702 | Birch | 900 | Perdido | 2024-01-05 09:00 | 2024-02-01 09:00
703 | Cedar | 4000 | Logrado con éxito | 2024-01-09 09:00 | 2024-03-01 09:00
704 | Dogwood | 350 | Contacto inicial | 2024-01-15 09:00 |
"""
GROUPED = """
Opportunity | Contact Name | Expected Revenue | Created on | Closed Date
New (2) | | 1100.00 | |
Alder | Kim Ash | 900.00 | 2024-01-03 09:00:00 |
Birch | Lou Oak | 200.00 | 2024-01-05 09:00:00 |
Proposition (3) | | 3500.00 | |
Cedar | Ann Elm | 1000.00 | 2024-01-09 09:00:00 |
Dogwood (2) | Bob Fir | 2000.00 | 2024-01-15 09:00:00 |
Elm | Cyd Gum | 500.00 | 2024-01-22 09:00:00 |
Won (2) | | 2100.00 | |
Fir | Dan Ivy | 1500.00 | 2024-01-30 09:00:00 | 2024-02-10 09:00:00
Gum | Eve Kapok | 600.00 | 2024-02-03 09:00:00 | 2024-03-03 09:00:00
"""
GROUPED_TWICE = """
Deal | Created | Closed | Amount
Owner: Ann (3) | | | 2600
Stage: New (1) | | | 1100
Alder | 2024-01-03 | | 1100
Stage: Won (2) | | | 1500
Fir | 2024-01-30 | 2024-02-10 | 900
Elm | 2024-01-22 | 2024-02-12 | 600
Owner: Bob (1) | | | 700
Stage: Won (1) | | | 700
Gum | 2024-02-03 | 2024-03-03 | 700
"""
SAME_NAMES = """
ID | Opportunity | Stage | Created on | Expected Revenue
1 | Office chairs | New | 2024-01-03 | 900
2 | Desks | New | 2024-01-05 | 200
3 | Office chairs | Proposition | 2024-02-09 | 1000
4 | Desks | Won | 2024-02-15 | 2000
5 | Lamps | Proposition | 2024-01-22 | 500
6 | Office chairs | Won | 2024-03-30 | 1500
7 | Lamps | New | 2024-02-03 | 600
8 | Shelves | Won | 2024-02-13 | 640
"""
FLAGS_IN_A_LOG = """
Id | StageName | IsClosed | IsWon | Amount | CloseDate | CreatedDate | Changed On
006A1 | First taste | false | false | 1200 | 2024-02-20 | 2024-01-03T09:00:00Z | 2024-01-14T09:00:00Z
006A2 | First taste | false | false | 900 | 2024-02-20 | 2024-01-05T09:00:00Z | 2024-01-15T09:00:00Z
006A3 | First taste | false | false | 4000 | 2024-06-01 | 2024-01-09T09:00:00Z | 2024-01-20T09:00:00Z
006A1 | In the kitchen | false | false | 1200 | 2024-06-01 | 2024-01-03T09:00:00Z | 2024-01-25T09:00:00Z
006A1 | Signed up | true | true | 1250 | 2024-02-14 | 2024-01-03T09:00:00Z | 2024-02-14T09:00:00Z
006A2 | Walked off | true | false | 900 | 2024-02-15 | 2024-01-05T09:00:00Z | 2024-02-15T09:00:00Z
006A3 | In the kitchen | false | false | 4000 | 2024-06-01 | 2024-01-09T09:00:00Z | 2024-02-19T09:00:00Z
006A5 | First taste | false | false | 760 | 2024-07-25 | 2024-03-22T09:00:00Z | 2024-03-25T09:00:00Z
006A6 | First taste | false | false | 500 | 2024-07-25 | 2024-03-02T09:00:00Z | 2024-03-05T09:00:00Z
006A6 | Walked off | true | false | 500 | 2024-03-25 | 2024-03-02T09:00:00Z | 2024-03-25T09:00:00Z
006A7 | First taste | false | false | 600 | 2024-07-25 | 2024-03-03T09:00:00Z | 2024-03-05T09:00:00Z
006A7 | Signed up | true | true | 600 | 2024-03-25 | 2024-03-03T09:00:00Z | 2024-03-26T09:00:00Z
"""
VERSIONS_WITH_STATUS = """
deal_id | stage_id | status | value | owner | valid_from | valid_to
D1 | Contacted | open | 1000 | Ann | 2024-01-03 | 2024-01-20
D1 | Proposal | open | 1200 | Ann | 2024-01-20 | 2024-02-14
D1 | Proposal | won | 1200 | Ann | 2024-02-14 |
D2 | Contacted | open | 900 | Bob | 2024-01-05 | 2024-02-01
D2 | Contacted | lost | 900 | Bob | 2024-02-01 |
D3 | Contacted | open | 4000 | Bob | 2024-01-09 | 2024-02-02
D3 | Proposal | open | 4000 | Bob | 2024-02-02 |
D4 | Contacted | open | 350 | Ann | 2024-01-15 |
D5 | Contacted | open | 760 | Ann | 2024-01-22 | 2024-01-30
D5 | Demo | open | 760 | Ann | 2024-01-30 | 2024-02-20
D5 | Demo | won | 800 | Ann | 2024-02-20 |
"""
STATUS_JOINED_ON = """
deal_id | stage | changed_at | deal_status | amount
D1 | Contacted | 2024-01-03 | won | 1200
D1 | Demo | 2024-01-20 | won | 1200
D1 | Proposal | 2024-02-14 | won | 1200
D2 | Contacted | 2024-01-05 | lost | 900
D2 | Demo | 2024-02-01 | lost | 900
D3 | Contacted | 2024-01-09 | open | 4000
D3 | Demo | 2024-02-02 | open | 4000
D4 | Contacted | 2024-01-15 | open | 350
D5 | Contacted | 2024-01-22 | won | 800
D5 | Demo | 2024-01-30 | won | 800
D6 | Contacted | 2024-02-22 | lost | 100
"""
NEWEST_VERSION_FIRST = """
Id | StageName | Amount | CloseDate | CreatedDate | SystemModstamp
006A5 | Prospecting | 760 | 2024-07-25 | 2024-03-22T09:00:00Z | 2024-03-25T09:00:00Z
006A3 | Proposal | 4000 | 2024-06-01 | 2024-01-09T09:00:00Z | 2024-02-19T09:00:00Z
006A2 | Closed Lost | 900 | 2024-02-15 | 2024-01-05T09:00:00Z | 2024-02-15T09:00:00Z
006A1 | Closed Won | 1250 | 2024-02-14 | 2024-01-03T09:00:00Z | 2024-02-14T09:00:00Z
006A1 | Proposal | 1200 | 2024-06-01 | 2024-01-03T09:00:00Z | 2024-01-25T09:00:00Z
006A3 | Prospecting | 4000 | 2024-06-01 | 2024-01-09T09:00:00Z | 2024-01-20T09:00:00Z
006A2 | Prospecting | 900 | 2024-02-20 | 2024-01-05T09:00:00Z | 2024-01-15T09:00:00Z
006A1 | Prospecting | 1200 | 2024-02-20 | 2024-01-03T09:00:00Z | 2024-01-14T09:00:00Z
"""
ITEMS_WITH_IDS = """
ID | Status | Party Name | Opportunity Date | Expected Closing | Opportunity Amount | Currency | ID (Items) | Item Code (Items) | Qty (Items) | Rate (Items) | Amount (Items)
CRM-OPP-1 | Converted | Alder | 2024-01-03 | 2024-02-01 | 1200 | EUR | a1 | A | 1 | 700 | 700
 |  |  |  |  |  |  | a2 | B | 1 | 500 | 500
CRM-OPP-2 | Lost | Birch | 2024-01-05 | 2024-02-01 | 900 | EUR | b1 | A | 1 | 700 | 700
 |  |  |  |  |  |  | b2 | C | 1 | 200 | 200
CRM-OPP-3 | Open | Cedar | 2024-01-09 | 2024-04-01 | 4000 | EUR | c1 | D | 1 | 4000 | 4000
CRM-OPP-4 | Quotation | Dogwood | 2024-01-15 | 2024-05-01 | 350 | EUR | d1 | C | 1 | 150 | 150
 |  |  |  |  |  |  | d2 | C | 2 | 100 | 200
CRM-OPP-5 | Converted | Elm | 2024-01-22 | 2024-03-01 | 760 | EUR | e1 | E | 1 | 760 | 760
"""
LINES_OF_NAMES = """
Naam | Fase | Bedrag | Aangemaakt op | Gesloten op | Product | Aantal
Deal 1 | Verloren | 100 | 2024-01-01 | 2024-02-01 | Prod 1 | 1
Deal 2 | Offerte | 200 | 2024-01-02 |  | Prod 2 | 1
Deal 3 | Nieuw | 300 | 2024-01-03 |  | Prod 3 | 1
 |  |  |  |  | Prod X | 2
Deal 4 | Gewonnen | 400 | 2024-01-04 | 2024-02-04 | Prod 4 | 1
Deal 5 | Verloren | 500 | 2024-01-05 | 2024-02-05 | Prod 0 | 1
Deal 6 | Offerte | 600 | 2024-01-06 |  | Prod 1 | 1
 |  |  |  |  | Prod X | 2
Deal 7 | Nieuw | 700 | 2024-01-07 |  | Prod 2 | 1
Deal 8 | Gewonnen | 800 | 2024-01-08 | 2024-02-08 | Prod 3 | 1
Deal 9 | Verloren | 900 | 2024-01-09 | 2024-02-09 | Prod 4 | 1
 |  |  |  |  | Prod X | 2
Deal 10 | Offerte | 1000 | 2024-01-10 |  | Prod 0 | 1
Deal 11 | Nieuw | 1100 | 2024-01-11 |  | Prod 1 | 1
Deal 12 | Gewonnen | 1200 | 2024-01-12 | 2024-02-12 | Prod 2 | 1
 |  |  |  |  | Prod X | 2
"""
CENTS_UNSAID = """
id | lead_id | lead_name | status_label | status_type | value | value_currency | value_period | date_created | date_won | confidence | user_name | expected_date
oppo_1 | lead_1 | Alder | Won | won | 120000 | USD | one_time | 2024-01-03T09:00:00Z | 2024-02-14 | 100 | Ann | 2024-02-20
oppo_2 | lead_2 | Birch | Lost | lost | 90000 | USD | one_time | 2024-01-05T09:00:00Z |  | 0 | Ann | 2024-02-20
oppo_3 | lead_3 | Cedar | Proposal | active | 400000 | USD | one_time | 2024-01-09T09:00:00Z |  | 50 | Bob | 2024-06-20
oppo_4 | lead_4 | Dogwood | Demo | active | 35000 | USD | one_time | 2024-01-15T09:00:00Z |  | 20 | Bob | 2024-06-20
oppo_5 | lead_5 | Elm | Won | won | 76000 | USD | one_time | 2024-01-22T09:00:00Z | 2024-02-20 | 100 | Ann | 2024-02-20
"""
BITRIX_RUSSIAN = """
ID | Название | Стадия сделки | Сумма | Валюта | Дата создания | Предполагаемая дата закрытия | Дата завершения | Ответственный | Сделка закрыта | Источник
101 | Поставка бумаги | Сделка успешна | 120 000 | RUB | 09.01.2024 10:12:00 | 01.02.2024 | 30.01.2024 | Анна Котова | Да | Сайт
102 | Мебель для офиса | Сделка провалена | 80 000 | RUB | 11.01.2024 09:00:00 | 01.02.2024 | 21.01.2024 | Анна Котова | Да | Звонок
103 | Ремонт склада | Подготовка документов | 450 000,50 | RUB | 15.01.2024 15:40:00 | 01.04.2024 |  | Иван Ли | Нет | Сайт
104 | Кофемашины | Сделка успешна | 75 500,50 | RUB | 18.01.2024 12:00:00 | 10.02.2024 | 15.02.2024 | Иван Ли | Да | Выставка
105 | Принтеры | Новая | 60 000 | RUB | 02.02.2024 08:30:00 | 15.04.2024 |  | Анна Котова | Нет | Сайт
106 | Серверы | Анализ причины провала | 900 000 | RUB | 05.02.2024 17:05:00 | 01.03.2024 | 22.02.2024 | Иван Ли | Да | Звонок
107 | Кабель | Счёт на предоплату | 33 000 | RUB | 07.02.2024 11:11:00 | 20.04.2024 |  | Анна Котова | Нет | Сайт
108 | Уборка | Сделка успешна | 24 000 | RUB | 12.02.2024 10:00:00 | 10.03.2024 | 01.03.2024 | Анна Котова | Да | Выставка
"""
STATE_BESIDE_STAGE = """
RecordId | Opportunity Name | Opportunity State | Pipeline | Pipeline Stage | Bid Currency | Bid Amount | Probability Of Winning | Forecast Close Date | Actual Close Date | Opportunity Value | User Responsible | Date Created | Date Updated
5001 | Alder | WON | Sales | Contract | USD | 1200 | 100 | 2/20/2024 | 2/14/2024 | 1200 | Kim | 1/3/2024 9:00:00 AM | 2/14/2024 9:00:00 AM
5002 | Birch | LOST | Sales | Proposal | USD | 900 | 0 | 2/20/2024 | 2/1/2024 | 900 | Kim | 1/5/2024 9:00:00 AM | 2/1/2024 9:00:00 AM
5003 | Cedar | OPEN | Sales | Discovery | USD | 4000 | 25 | 4/20/2024 |  | 4000 | Lou | 1/9/2024 9:00:00 AM | 2/2/2024 9:00:00 AM
5004 | Dogwood | ABANDONED | Sales | Discovery | USD | 350 | 0 | 3/1/2024 | 2/25/2024 | 350 | Lou | 1/15/2024 9:00:00 AM | 2/25/2024 9:00:00 AM
5005 | Elm | SUSPENDED | Sales | Proposal | USD | 760 | 50 | 3/1/2024 |  | 760 | Kim | 1/22/2024 9:00:00 AM | 2/20/2024 9:00:00 AM
5006 | Fir | WON | Sales | Contract | USD | 2300 | 100 | 3/10/2024 | 3/4/2024 | 2300 | Kim | 1/30/2024 9:00:00 AM | 3/4/2024 9:00:00 AM
5007 | Gum | OPEN | Sales | Proposal | USD | 500 | 50 | 5/1/2024 |  | 500 | Lou | 2/3/2024 9:00:00 AM | 2/9/2024 9:00:00 AM
"""
STAGE_SINCE = """
id | name | value | currency | stage_name | stage_category | pipeline | hot | added_on | last_stage_change_date | estimated_close_date | loss_reason | owner | organization
9001 | Crane hire | 4200 | EUR | Won | won | Default | no | 2024-01-02 | 2024-02-11 | 2024-02-15 |  | Rita | Bauwerk
9002 | Scaffold | 1800 | EUR | Lost | lost | Default | no | 2024-01-06 | 2024-01-31 | 2024-02-10 | Too expensive | Rita | Hochbau
9003 | Fence | 950 | EUR | Quote | incoming | Default | yes | 2024-01-12 | 2024-01-20 | 2024-03-15 |  | Omar | Gartenfix
9004 | Container | 610 | EUR | Unqualified | unqualified | Default | no | 2024-01-19 | 2024-01-22 |  | No need | Omar | Stadtbau
9005 | Digger | 7700 | EUR | Won | won | Default | no | 2024-01-25 | 2024-03-01 | 2024-03-01 |  | Rita | Erdwerk
9006 | Lift | 3300 | EUR | Closure | incoming | Default | no | 2024-02-03 | 2024-02-20 | 2024-03-30 |  | Omar | Bauwerk
9007 | Pump | 480 | EUR | Incoming | incoming | Default | no | 2024-02-08 | 2024-02-08 | 2024-04-30 |  | Omar | Nassbau
"""
GREEK = """
Κωδικός | Πελάτης | Στάδιο | Ποσό (€) | Ημερομηνία δημιουργίας | Ημερομηνία κλεισίματος | Πωλητής
Π-01 | Αλφα ΑΕ | Κερδήθηκε | 1.200,00 | 08/01/2024 | 31/01/2024 | Νίκος
Π-02 | Βήτα ΕΠΕ | Χάθηκε | 640,00 | 09/01/2024 | 29/01/2024 | Νίκος
Π-03 | Γάμμα ΟΕ | Προσφορά | 2.310,00 | 15/01/2024 |  | Ελένη
Π-04 | Δέλτα ΑΕ | Διαπραγμάτευση | 880,00 | 22/01/2024 |  | Ελένη
Π-05 | Έψιλον | Κερδήθηκε | 3.450,50 | 25/01/2024 | 27/02/2024 | Νίκος
Π-06 | Ζήτα | Νέα επαφή | 150,00 | 13/02/2024 |  | Ελένη
Π-07 | Ήτα | Χάθηκε | 720,00 | 14/02/2024 | 28/02/2024 | Ελένη
"""
HEBREW = """
מספר עסקה | לקוח | שלב | סכום | תאריך פתיחה | תאריך סגירה | אחראי
301 | אלון | נסגר בהצלחה | ₪1,200 | 15/01/2024 | 31/01/2024 | דנה
302 | ברוש | אבוד | ₪800 | 16/01/2024 | 30/01/2024 | דנה
303 | גפן | הצעת מחיר | ₪2,500 | 21/01/2024 |  | יואב
304 | דקל | משא ומתן | ₪900 | 28/01/2024 |  | יואב
305 | הדס | נסגר בהצלחה | ₪4,050 | 01/02/2024 | 29/02/2024 | דנה
306 | ורד | ליד חדש | ₪300 | 13/02/2024 |  | יואב
"""
ENTERED_AND_LEFT = """
deal | account | new_in | new_out | demo_in | demo_out | offer_in | offer_out | result | result_on | eur
X1 | Nord | 2024-01-02 | 2024-01-08 | 2024-01-08 | 2024-01-20 | 2024-01-20 | 2024-02-01 | won | 2024-02-01 | 1000
X2 | Ost | 2024-01-03 | 2024-01-09 | 2024-01-09 | 2024-01-15 |  |  | lost | 2024-01-15 | 500
X3 | Sued | 2024-01-10 | 2024-01-16 | 2024-01-16 |  |  |  |  |  | 700
X4 | West | 2024-01-17 | 2024-01-19 | 2024-01-19 | 2024-01-30 | 2024-01-30 |  |  |  | 900
X5 | Mitte | 2024-01-22 | 2024-01-29 | 2024-01-29 | 2024-02-10 | 2024-02-10 | 2024-02-26 | won | 2024-02-26 | 2500
X6 | Rand | 2024-02-05 |  |  |  |  |  |  |  | 300
X7 | Eck | 2024-02-06 | 2024-02-07 |  |  |  |  | lost | 2024-02-07 | 300
"""
JAPANESE_LOG = """
履歴番号 | 案件番号 | 案件名 | 変更日時 | 変更前フェーズ | 変更後フェーズ | 金額 | 担当者
1 | A-1 | 倉庫システム | 2024/01/04 09:00 |  | 新規 | 1000000 | 佐藤
2 | A-1 | 倉庫システム | 2024/01/15 10:00 | 新規 | 提案 | 1000000 | 佐藤
3 | A-2 | 店舗レジ | 2024/01/09 11:00 |  | 新規 | 400000 | 鈴木
4 | A-1 | 倉庫システム | 2024/02/02 13:00 | 提案 | 受注 | 1200000 | 佐藤
5 | A-2 | 店舗レジ | 2024/02/05 14:00 | 新規 | 失注 | 400000 | 鈴木
6 | A-3 | 勤怠管理 | 2024/01/20 10:00 |  | 新規 | 800000 | 鈴木
7 | A-3 | 勤怠管理 | 2024/02/10 10:00 | 新規 | 提案 | 800000 | 鈴木
8 | A-4 | 会計導入 | 2024/02/12 10:00 |  | 新規 | 600000 | 佐藤
9 | A-4 | 会計導入 | 2024/02/20 10:00 | 新規 | 提案 | 650000 | 佐藤
10 | A-4 | 会計導入 | 2024/03/01 10:00 | 提案 | 受注 | 650000 | 佐藤
"""
ANSWERS_TO_OFFERS = """
No | Client | Offer sent | Sum | Answer | Answer date
1 | Alder | 03.01.2024 | 1.200,00 | accepted | 14.02.2024
2 | Birch | 05.01.2024 | 900,00 | declined | 01.02.2024
3 | Cedar | 09.01.2024 | 4.000,00 |  |
4 | Dogwood | 15.01.2024 | 350,00 | no reply |
5 | Elm | 22.01.2024 | 760,00 | accepted | 20.02.2024
6 | Fir | 30.01.2024 | 2.300,00 | postponed |
"""
ONCE_AND_MONTHLY = """
Nome | Etapa | Estado | Valor Único | Valor Recorrente | Data de criação | Data de fechamento | Previsão de fechamento | Responsável | Motivo de Perda | Fonte
Alfa | Negociação | Vendida | R$ 1.200,00 | R$ 0,00 | 03/01/2024 10:00 | 14/02/2024 10:00 |  | Ana |  | Google
Beta | Proposta | Perdida | R$ 900,00 | R$ 0,00 | 05/01/2024 10:00 | 01/02/2024 10:00 |  | Ana | Preço | Indicação
Gama | Contato | Em andamento | R$ 4.000,00 | R$ 100,00 | 09/01/2024 10:00 |  | 30/06/2024 | Rui |  | Google
Delta | Contato | Pausada | R$ 350,00 | R$ 0,00 | 15/01/2024 10:00 |  | 30/06/2024 | Rui |  | Google
Eps | Negociação | Vendida | R$ 760,00 | R$ 50,00 | 22/01/2024 10:00 | 20/02/2024 10:00 |  | Ana |  | Feira
"""


def cases() -> Iterator[Case]:
    yield written("audit-of-any-record", AUDIT, Truth(leads=4, won=2, lost=1, open=1, revenue={"": 2000.0}))
    yield written("pasted-twice-bare-id", PASTED_TWICE, Truth(leads=4, won=2, lost=1, open=1, revenue={"": 5200.0}))
    yield written("grouped-with-counts", GROUPED, Truth(leads=7, won=2, lost=0, open=5, revenue={"": 2100.0}))
    yield written("grouped-twice", GROUPED_TWICE, Truth(leads=4, won=3, lost=0, open=1, revenue={"": 2200.0}))
    eight = Truth(leads=8, won=3, lost=0, open=5, revenue={"": 4140.0})
    yield written("names-that-repeat", SAME_NAMES, eight, "may", "a change log of names, or deals called the same")
    yield written(
        "flags-in-a-log", FLAGS_IN_A_LOG, Truth(leads=6, won=2, lost=2, open=2, revenue={"": 1850.0}, cycle=65)
    )
    yield written(
        "versions-with-status",
        VERSIONS_WITH_STATUS,
        Truth(leads=5, won=2, lost=1, open=2, revenue={"": 2000.0}, cycle=42 + 29, placed=1),
    )
    joined = Truth(leads=6, won=2, lost=2, open=2, revenue={"": 2000.0}, cycle=0)
    yield written("status-joined-on", STATUS_JOINED_ON, joined, why="a status beside every change says not when")
    newest = Truth(leads=4, won=1, lost=1, open=2, revenue={"": 1250.0}, cycle=42)
    yield written("newest-version-first", NEWEST_VERSION_FIRST, newest)
    yield written("items-with-ids", ITEMS_WITH_IDS, Truth(leads=5, won=2, lost=1, open=2, revenue={"": 1960.0}))
    yield written("lines-of-names", LINES_OF_NAMES, Truth(leads=12, won=3, lost=3, open=6, revenue={"": 2400.0}))
    cents = Truth(leads=5, won=2, lost=1, open=2, revenue={"USD": 1960.0})
    yield written(
        "cents-unsaid", CENTS_UNSAID, cents, "may", "a bare value of whole numbers beside Close's own columns"
    )
    yield written("bitrix-russian", BITRIX_RUSSIAN, Truth(leads=8, won=3, lost=2, open=3, revenue={"RUB": 219500.5}))
    yield written(
        "state-beside-stage",
        STATE_BESIDE_STAGE,
        Truth(leads=7, won=2, lost=2, open=3, revenue={"USD": 3500.0}, placed=2),
    )
    yield written(
        "stage-since", STAGE_SINCE, Truth(leads=7, won=2, lost=2, open=3, revenue={"EUR": 11900.0}, cycle=40 + 36)
    )
    yield written("greek", GREEK, Truth(leads=7, won=2, lost=2, open=3, revenue={"EUR": 4650.5}))
    yield written("hebrew", HEBREW, Truth(leads=6, won=2, lost=1, open=3, revenue={"ILS": 5250.0}))
    yield written(
        "entered-and-left", ENTERED_AND_LEFT, Truth(leads=7, won=2, lost=2, open=3, revenue={"": 3500.0}, cycle=30 + 35)
    )
    yield written(
        "japanese-log", JAPANESE_LOG, Truth(leads=4, won=2, lost=1, open=1, revenue={"": 1850000.0}, placed=1)
    )
    answered = Truth(leads=6, won=2, lost=1, open=3, revenue={"": 1960.0}, cycle=42 + 29)
    yield written("answers-to-offers", ANSWERS_TO_OFFERS, answered)
    yield written("once-and-monthly", ONCE_AND_MONTHLY, Truth(leads=5, won=2, lost=1, open=2, revenue={"BRL": 1960.0}))
