"""A payout's statement as a table and as a PDF: every posting that the payout closed, and what they come to.

Texts come in from the caller's language. Chinese is set in STSong-Light, a font that PDF readers bring themselves:
none is embedded, so a reader without Asian fonts shows blanks.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass

from reportlab.lib.colors import HexColor
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.platypus import Flowable, Paragraph, SimpleDocTemplate, Spacer, Table, TableStyle

from hansa.commerce.payouts.models import Payout
from hansa.commerce.payouts.selectors import Movement
from hansa.kernel.money import digits_of

_INK, _LINE = HexColor("#1d2730"), HexColor("#c9ced3")
_CHINESE, _LATIN = "STSong-Light", "Helvetica"


@dataclass(frozen=True)
class Statement:
    """A statement in the reader's words: a title, facts as pairs, and a table with its sum."""

    title: str
    facts: Sequence[tuple[str, str]]
    head: Sequence[str]
    rows: Sequence[Sequence[str]]
    total: Sequence[str]
    note: str


def as_csv(payout: Payout, movements: Sequence[Movement]) -> str:
    """The movements for a machine: English heads, ISO times, amounts in major units with a point.

    Commission and the tax on it are kept already: the amounts are what is left.
    """
    out = io.StringIO()
    writer = csv.writer(out)
    head = [
        "payout",
        "posted_at",
        "kind",
        "reference",
        "amount",
        "currency",
        "commission",
        "tax_on_commission",
    ]
    writer.writerow(head)
    for each in movements:
        writer.writerow(
            [
                payout.pk,
                each.posted_at.isoformat(),
                each.kind,
                each.reference,
                _major(each.amount, payout.currency),
                payout.currency,
                _major(each.commission, payout.currency),
                _major(each.tax, payout.currency),
            ]
        )
    kept = (sum(each.commission for each in movements), sum(each.tax for each in movements))
    total, *parts = (_major(amount, payout.currency) for amount in (payout.amount, *kept))
    writer.writerow([payout.pk, "", "total", "", total, payout.currency, *parts])
    return out.getvalue()


def as_pdf(statement: Statement) -> bytes:
    """The statement on A4, over as many pages as it takes."""
    texts = [
        statement.title,
        statement.note,
        *statement.head,
        *(text for fact in statement.facts for text in fact),
    ]
    texts += [text for row in statement.rows for text in row]
    font = _CHINESE if any(ord(letter) > 0x2E7F for text in texts for letter in text) else _LATIN
    if font == _CHINESE:
        pdfmetrics.registerFont(UnicodeCIDFont(_CHINESE))
    out = io.BytesIO()
    page = SimpleDocTemplate(
        out, pagesize=A4, leftMargin=20 * mm, rightMargin=20 * mm, title=statement.title, invariant=True
    )
    page.build(_story(statement, font))
    return out.getvalue()


def _story(statement: Statement, font: str) -> list[Flowable]:
    title = ParagraphStyle("title", fontName=font, fontSize=17, leading=22, textColor=_INK)
    body = ParagraphStyle("body", fontName=font, fontSize=9, leading=13, textColor=_INK)
    facts = Table([[_cell(name, body), _cell(value, body)] for name, value in statement.facts], hAlign="LEFT")
    return [
        _cell(statement.title, title),
        Spacer(1, 5 * mm),
        facts,
        Spacer(1, 6 * mm),
        _table(statement, font, body),
        Spacer(1, 6 * mm),
        _cell(statement.note, body),
    ]


def _table(statement: Statement, font: str, body: ParagraphStyle) -> Table:
    rows = [[*(_cell(text, body) for text in row[:-1]), row[-1]] for row in statement.rows]
    table = Table(
        [list(statement.head), *rows, list(statement.total)],
        colWidths=[38 * mm, 38 * mm, 64 * mm, 30 * mm],
        repeatRows=1,
    )
    table.setStyle(
        TableStyle(
            [
                ("FONT", (0, 0), (-1, -1), font, 9),
                ("TEXTCOLOR", (0, 0), (-1, -1), _INK),
                ("ALIGN", (-1, 0), (-1, -1), "RIGHT"),
                ("LINEBELOW", (0, 0), (-1, 0), 0.8, _INK),
                ("LINEBELOW", (0, 1), (-1, -3), 0.3, _LINE),
                ("LINEABOVE", (0, -1), (-1, -1), 0.8, _INK),
                ("VALIGN", (0, 0), (-1, -1), "TOP"),
            ]
        )
    )
    return table


def _cell(text: str, style: ParagraphStyle) -> Paragraph:
    """A text as it is: reportlab would read marks in it."""
    return Paragraph(text.replace("&", "&amp;").replace("<", "&lt;"), style)


def _major(minor: int, currency: str) -> str:
    digits = digits_of(currency)
    sign = "-" if minor < 0 else ""
    whole, rest = divmod(abs(minor), 10**digits)
    return f"{sign}{whole}.{rest:0{digits}d}" if digits else f"{sign}{whole}"
