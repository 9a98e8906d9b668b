"""Goods as tables: what is written is read back, what a spreadsheet would run is not, every slip is told by its cell."""

from __future__ import annotations

import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook

from hansa.commerce.catalogue.exchange import rows, tables
from hansa.commerce.catalogue.exchange.rows import COLUMNS, NEEDED, WrongRow
from hansa.commerce.catalogue.exchange.tables import Row
from hansa.kernel.errors import InvalidInput

HEAD = "sku,title,category,price,currency"
cells = st.text(
    st.characters(codec="utf-8", exclude_characters="\x00\r", exclude_categories=["Cs", "Cc"]), max_size=30
)


def read(data: bytes) -> list[Row]:
    return list(tables.read(data, columns=COLUMNS, needed=NEEDED))


def a_row(**changes: str) -> Row:
    usual = {"sku": "T-1", "title": "Tea", "category": "drinks", "price": "4.90", "currency": "EUR"}
    return Row(7, usual | changes)


def slips(row: Row) -> list[tuple[int, str]]:
    with pytest.raises(WrongRow) as wrong:
        rows.understood(row, currency="EUR", known={})
    return [(each.line, each.column) for each in wrong.value.problems]


@settings(deadline=None, max_examples=40)
@given(
    st.lists(
        st.tuples(cells, cells, st.sampled_from(["=1+1", "'=1", "-20 %", "+49", "@home", "''-"])),
        min_size=1,
        max_size=5,
    )
)
def test_every_cell_comes_back_as_it_went_out(written: list[tuple[str, str, str]]) -> None:
    table = [["T-1", "x", a, b, c] for a, b, c in written]

    for data in (tables.write_csv(HEAD.split(","), table), tables.write_xlsx(HEAD.split(","), table)):
        back = read(data)
        assert [list(row.values.values()) for row in back] == table
        assert all(row.odd == {} for row in back)


def test_nothing_that_a_spreadsheet_would_run_is_written() -> None:
    for text in ("=1+1", "+1", "-1", "@x", "\t=1"):
        assert f"'{text}".encode() in tables.write_csv(["title"], [[text]])


def test_a_formula_is_told_by_its_cell_in_both_kinds_of_file() -> None:
    book = Workbook()
    book.active.append(HEAD.split(","))
    book.active.append(["T-1", "Tea", "drinks", "=2+2", "EUR"])
    out = io.BytesIO()
    book.save(out)

    for data in (out.getvalue(), f"{HEAD}\nT-1,Tea,drinks,=2+2,EUR\n".encode()):
        assert "would run this" in read(data)[0].odd["price"]
        assert slips(read(data)[0]) == [(2, "price")]


def test_numbers_of_a_workbook_are_read_as_people_see_them() -> None:
    book = Workbook()
    book.active.append([*HEAD.split(","), "weight_g", "active"])
    book.active.append(["007", "Tea", "drinks", 4.9, "EUR", 250.0, True])
    out = io.BytesIO()
    book.save(out)

    good = rows.understood(read(out.getvalue())[0], currency="EUR", known={})

    assert (good.sku, good.price, good.weight_g, good.is_active) == ("007", 490, 250, True)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "the file is empty"),
        (f"{HEAD}\nT-1,Caf\xe9,drinks,1,EUR\n".encode("latin-1"), "line 2 is not UTF-8"),
        ((HEAD + "\n").encode("utf-16"), "line 1 is not UTF-8"),
        (b"sku,title,category,price\n", "the heading lacks: currency"),
        (f"{HEAD},colour\n".encode(), "unknown columns: colour"),
        (f"{HEAD},sku\n".encode(), "twice"),
        (f'{HEAD}\nT-1,"Tea\n'.encode(), "line 2 is no row"),
        (b"PK\x03\x04 no archive", "workbook cannot be read"),
        ((HEAD + "\n" + "T,T,d,1,EUR\n" * 5_001).encode(), "more than 5000 rows"),
        (b"x" * (10 * 1024 * 1024 + 1), "more than 10 MB"),
    ],
)
def test_files_that_cannot_be_read_are_refused_with_the_way_out(data: bytes, reason: str) -> None:
    with pytest.raises(InvalidInput, match=reason):
        read(data)


def test_lines_are_counted_as_an_editor_counts_them() -> None:
    data = f'{HEAD},description\nA,A,d,1,EUR,"two\nlines"\n\nB,B,d,1,EUR,\n'.encode()

    assert [row.line for row in read(data)] == [2, 5]


def test_semicolons_and_tabs_separate_as_commas_do() -> None:
    for mark in (";", "\t"):
        assert read(f"{HEAD}\nT-1,Tea,drinks,1,EUR\n".replace(",", mark).encode())[0].values["price"] == "1"


@pytest.mark.parametrize(
    ("changes", "column"),
    [
        ({"sku": ""}, "sku"),
        ({"sku": "a,b"}, "sku"),
        ({"title": " "}, "title"),
        ({"price": "4,90"}, "price"),
        ({"price": "4.905"}, "price"),
        ({"price": "0"}, "price"),
        ({"price": "-1"}, "price"),
        ({"price": "NaN"}, "price"),
        ({"price": "1e400"}, "price"),
        ({"currency": "USD"}, "currency"),
        ({"gtin": "4006381333932"}, "gtin"),
        ({"weight_g": "0"}, "weight_g"),
        ({"pack_size": "1.5"}, "pack_size"),
        ({"lead_time_days": "366"}, "lead_time_days"),
        ({"active": "perhaps"}, "active"),
        ({"attributes": "size"}, "attributes"),
        ({"attributes": "size=s; size=m"}, "attributes"),
        ({"label": "x" * 81}, "label"),
    ],
)
def test_a_slip_is_told_by_line_and_column(changes: dict[str, str], column: str) -> None:
    assert slips(a_row(**changes)) == [(7, column)]


def test_all_slips_of_a_row_are_told_at_once() -> None:
    assert slips(a_row(price="x", gtin="1", active="?")) == [(7, "gtin"), (7, "price"), (7, "active")]


@given(
    st.dictionaries(
        st.from_regex(r"[a-z]{1,8}", fullmatch=True),
        st.from_regex(r"[a-z0-9 =]{0,6};?[a-z0-9]", fullmatch=True).map(str.strip).filter(bool),
        max_size=4,
    )
)
def test_attributes_come_back_as_they_went_out(values: dict[str, str]) -> None:
    if any(value.startswith(";") or value.endswith(";") for value in values.values()):
        return

    assert rows.attributes(rows.attributes_text(values)) == values


def test_a_price_that_no_number_can_hold_is_a_slip_of_its_row() -> None:
    assert slips(a_row(price="9e999999")) == [(7, "price")]
