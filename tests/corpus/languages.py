"""Exports in the languages of the world: their words for columns, stages, results, totals, units and months."""

from __future__ import annotations

from collections.abc import Iterator

from tests.corpus.case import Case
from tests.corpus.pipeline import deals
from tests.corpus.sheet import Layout, Sheet, Stamp, Words, as_csv, chinese, day_first, dress, german, headers, iso

# language → headers; stages; won, lost; open; the line under the table; how days are written
_SPOKEN: dict[str, tuple[str, tuple[str, ...], str, str, str, str, Stamp]] = {
    "italian": (
        "ID opportunità = id | Nome trattativa = name | Azienda = firm | Fase della trattativa = stage | Importo (€) = amount |"
        "Data creazione = created | Data chiusura = closed | Commerciale = owner | Motivo della perdita = reason",
        ("Nuovo contatto", "Qualificato", "Offerta inviata", "Trattativa"), "Vinta", "Persa", "Aperta", "Totale", day_first,
    ),
    "portuguese": (
        "ID do negócio = id | Negócio = name | Empresa = firm | Etapa do funil = stage | Valor do negócio = amount |"
        "Negócio criado em = created | Data de fechamento = closed | Vendedor = owner | Motivo da perda = reason",
        ("Contato inicial", "Qualificação", "Proposta enviada", "Em negociação"), "Ganho", "Perdido", "Em aberto", "Total geral",
        day_first,
    ),
    "dutch": (
        "Dealnummer = id | Onderwerp = name | Relatie = firm | Verkoopfase = stage | Totaalbedrag = amount |"
        "Gemaakt op = created | Werkelijke sluitingsdatum = closed | Eigenaar = owner | Reden van verlies = reason",
        ("Nieuwe lead", "Gekwalificeerd", "Offerte verstuurd", "Onderhandeling"), "Gewonnen", "Verloren", "Lopend", "Totaal",
        lambda at: at.strftime("%d-%m-%Y"),
    ),
    "polish": (
        "Szansa - ID = id | Szansa - Tytuł = name | Szansa - Organizacja = firm | Szansa - Etap = stage | Szansa - Wartość = amount |"
        "Szansa - Utworzono = created | Szansa - Zamknięto = closed | Szansa - Właściciel = owner | Szansa - Powód utraty = reason",
        ("Nowe zapytanie", "Zakwalifikowana", "Oferta wysłana", "Negocjacje"), "Wygrana", "Przegrana", "Otwarta", "Razem", german,
    ),
    "czech": (
        "Číslo obchodu = id | Název = name | Zákazník = firm | Fáze = stage | Částka = amount |"
        "Vytvořeno = created | Uzavřeno = closed | Obchodník = owner | Důvod prohry = reason",
        ("Poptávka", "Kvalifikace", "Nabídka odeslána", "Vyjednávání"), "Vyhráno", "Prohráno", "Otevřeno", "Celkem", german,
    ),
    "swedish": (
        "Affärsnummer = id | Affär = name | Företag = firm | Säljfas = stage | Ordervärde = amount |"
        "Skapad = created | Stängd = closed | Säljare = owner | Förlustorsak = reason",
        ("Ny förfrågan", "Kvalificerad", "Offert skickad", "Förhandling"), "Vunnen", "Förlorad", "Öppen", "Summa", iso,
    ),
    "danish": (
        "Sagsnummer = id | Aftale = name | Virksomhed = firm | Salgsfase = stage | Beløb = amount |"
        "Oprettet den = created | Lukkedato = closed | Sælger = owner | Tabsårsag = reason",
        ("Ny henvendelse", "Kvalificeret", "Tilbud sendt", "Forhandling"), "Vundet", "Tabt", "Igangværende", "I alt",
        lambda at: at.strftime("%d-%m-%Y"),
    ),
    "norwegian": (
        "Saksnummer = id | Salgsmulighet = name | Bedrift = firm | Salgsfase = stage | Beløp = amount |"
        "Opprettet dato = created | Lukket dato = closed | Selger = owner | Tapsårsak = reason",
        ("Ny henvendelse", "Kvalifisert", "Tilbud sendt", "Forhandling"), "Vunnet", "Tapt", "Pågående", "Totalt", german,
    ),
    "finnish": (
        "Kaupan tunnus = id | Kauppa = name | Asiakas = firm | Myynnin vaihe = stage | Arvo = amount |"
        "Luontipäivä = created | Päättymispäivä = closed | Myyjä = owner | Häviön syy = reason",
        ("Uusi liidi", "Kvalifioitu", "Tarjous lähetetty", "Neuvottelu"), "Voitettu", "Hävitty", "Avoinna", "Yhteensä",
        lambda at: f"{at.day}.{at.month}.{at.year}",
    ),
    "turkish": (
        "Fırsat No = id | Fırsat Adı = name | Müşteri = firm | Satış Aşaması = stage | Tutar = amount |"
        "Oluşturulma Tarihi = created | Kapanış Tarihi = closed | Satış Temsilcisi = owner | Kaybedilme Nedeni = reason",
        ("Yeni Talep", "Nitelikli", "Teklif Gönderildi", "Pazarlık"), "Kazanıldı", "Kaybedildi", "Devam Ediyor", "Genel Toplam", german,
    ),
    "romanian": (
        "Cod oportunitate = id | Denumire oportunitate = name | Companie = firm | Etapa = stage | Valoare = amount |"
        "Data creării = created | Data închiderii = closed | Agent de vânzări = owner | Motivul pierderii = reason",
        ("Contact", "Calificare", "Ofertă trimisă", "Negociere"), "Câștigată", "Pierdută", "Deschisă", "Total general", german,
    ),
    "hungarian": (
        "Ajánlat száma = id | Ügylet = name | Cég = firm | Értékesítési szakasz = stage | Összeg = amount |"
        "Létrehozás dátuma = created | Lezárás dátuma = closed | Értékesítő = owner | Elvesztés oka = reason",
        ("Érdeklődő", "Minősített", "Ajánlat kiküldve", "Tárgyalás"), "Megnyert", "Elvesztett", "Folyamatban", "Összesen",
        lambda at: at.strftime("%Y. %m. %d."),
    ),
    "russian": (
        "ID сделки = id | Название сделки = name | Компания = firm | Этап сделки = stage | Бюджет сделки = amount |"
        "Дата создания сделки = created | Дата закрытия = closed | Ответственный = owner | Причина отказа = reason",
        ("Первичный контакт", "Квалификация", "КП отправлено", "Согласование договора"),
        "Успешно реализовано", "Закрыто и не реализовано", "В работе", "Итого", german,
    ),
    "ukrainian": (
        "Номер угоди = id | Угода = name | Клієнт = firm | Етап = stage | Сума угоди = amount |"
        "Дата створення = created | Дата закриття = closed | Відповідальний = owner | Причина відмови = reason",
        ("Нова заявка", "Кваліфіковано", "Комерційна пропозиція", "Переговори"), "Успішно реалізовано",
        "Закрито і не реалізовано", "У процесі", "Разом", german,
    ),
    "japanese": (
        "案件番号 = id | 案件名 = name | 取引先名 = firm | 営業フェーズ = stage | 受注金額 = amount |"
        "案件登録日 = created | クローズ日 = closed | 営業担当 = owner | 失注理由 = reason",
        ("引合", "ヒアリング", "見積提出", "最終交渉"), "受注", "失注", "商談中", "合計", lambda at: at.strftime("%Y/%m/%d"),
    ),
    "korean": (
        "영업기회번호 = id | 영업기회명 = name | 고객사 = firm | 영업단계 = stage | 금액 = amount |"
        "등록일 = created | 종료일 = closed | 영업담당자 = owner | 실주사유 = reason",
        ("문의", "적격", "견적 발송", "협상"), "수주", "실주", "진행중", "합계", lambda at: f"{at.year}년 {at.month}월 {at.day}일",
    ),
    "vietnamese": (
        "Mã cơ hội = id | Tên cơ hội = name | Khách hàng = firm | Giai đoạn = stage | Giá trị hợp đồng = amount |"
        "Ngày tạo = created | Ngày kết thúc = closed | Nhân viên kinh doanh = owner | Lý do thất bại = reason",
        ("Liên hệ", "Đủ điều kiện", "Gửi báo giá", "Đàm phán"), "Thành công", "Thất bại", "Đang xử lý", "Tổng cộng", day_first,
    ),
    "indonesian": (
        "Kode Peluang = id | Nama Peluang = name | Perusahaan = firm | Tahap Penjualan = stage | Nilai Kontrak = amount |"
        "Tanggal Masuk = created | Tanggal Selesai = closed | Penanggung Jawab = owner | Alasan Kalah = reason",
        ("Prospek Baru", "Terkualifikasi", "Penawaran Dikirim", "Negosiasi"), "Menang", "Kalah", "Sedang Berjalan", "Grand Total",
        day_first,
    ),
    "thai": (
        "รหัสดีล = id | ชื่อดีล = name | ลูกค้า = firm | ขั้นตอนการขาย = stage | มูลค่า = amount |"
        "วันที่สร้าง = created | วันที่ปิด = closed | ผู้รับผิดชอบ = owner | เหตุผลที่แพ้ = reason",
        ("ลูกค้าใหม่", "ผ่านคุณสมบัติ", "เสนอราคา", "เจรจาต่อรอง"), "ชนะ", "แพ้", "กำลังดำเนินการ", "รวมทั้งหมด", iso,
    ),
    "traditional-chinese": (
        "商機編號 = id | 商機名稱 = name | 客戶名稱 = firm | 銷售階段 = stage | 預計金額 = amount |"
        "建立時間 = created | 結案日期 = closed | 負責人 = owner | 輸單原因 = reason",
        ("初步接觸", "需求確認", "方案報價", "商務談判"), "贏單", "輸單", "進行中", "總計", chinese,
    ),
}  # fmt: skip


def spoken(language: str, seed: int) -> Sheet:
    """Rows of leads in a language, with a total of the money under them."""
    columns, stages, won, lost, still_open, _, stamp = _SPOKEN[language]
    words = Words(stages, won, lost, (won, lost, still_open))
    return dress(Layout(headers(columns), words, stamp=stamp, day=stamp), deals(seed=seed))


def with_status(language: str, seed: int) -> Sheet:
    """The stage in which a deal ended beside a column of the result."""
    columns, stages, won, lost, still_open, _, stamp = _SPOKEN[language]
    words = Words(stages, won, lost, (won, lost, still_open))
    status = {"japanese": "結果", "korean": "상태", "russian": "Статус", "ukrainian": "Статус", "thai": "สถานะ",
              "traditional-chinese": "狀態", "vietnamese": "Trạng thái", "czech": "Stav", "finnish": "Tila",
              "turkish": "Durum", "italian": "Esito", "portuguese": "Situação", "hungarian": "Állapot",
              "romanian": "Stare"}.get(language, "Status")  # fmt: skip
    layout = Layout(
        headers(columns.replace("= stage |", f"= stage_kept | {status} = status |")), words, stamp=stamp, day=stamp
    )
    return dress(layout, deals(seed=seed))


def with_total(sheet: Sheet, language: str) -> Sheet:
    """The sheet with the line under it that sums its money."""
    cells = [""] * len(sheet.columns)
    money = sheet.holds.index("amount")
    cells[0], cells[money] = _SPOKEN[language][5], str(sum(int(row[money]) for row in sheet.rows))
    return Sheet(sheet.columns, sheet.rows, sheet.truth, sheet.holds, below=(tuple(cells),), fixed_rows=True)


def cases() -> Iterator[Case]:
    """Each language with its stages alone, with a result beside them, and with a total under them."""
    for seed, language in enumerate(_SPOKEN, 400):
        yield Case(f"in-{language}", "languages", spoken(language, seed))
        yield Case(f"in-{language}-status", "languages", with_status(language, seed))
        total = with_total(spoken(language, seed), language)
        yield Case(f"in-{language}-total", "languages", total, write=lambda sheet: as_csv(sheet, ";", "utf-8-sig"))
