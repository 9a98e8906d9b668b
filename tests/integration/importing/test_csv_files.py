"""Our own CSV, Online Retail and Olist into the database: what is good comes in, what is not is told."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner

from hansa.cli import importing as door
from hansa.cli import runtime
from hansa.commerce.accounts.models import Platform
from hansa.commerce.catalogue import selectors as catalogue
from hansa.commerce.importing import services
from hansa.commerce.importing.errors import BadFile, FileTooLarge, RowsRejected
from hansa.commerce.importing.models import ImportedSource
from hansa.commerce.importing.services import ImportReport
from hansa.commerce.stock import services as stock
from hansa.foundation import tenancy
from hansa.kernel.errors import InvalidInput
from tests.integration.importing.looking import broken, counts, one, rows

pytestmark = pytest.mark.usefixtures("database")

_NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
_GOODS = "merchant,sku,title,title_zh,category,price,currency,stock"
_LAMP = "haus-hafen,LAMP-1,Storm lantern,防风灯,Lamps,24.90,USD,40"
_WICK = "haus-hafen,WICK-1,Wick,灯芯,Lamps,1.05,USD,7"
_ORDERS = "order,placed_at,merchant,sku,quantity,unit_price,currency,discount,customer,delivery_fee"
_ORDER = "1001,2026-11-03 14:03:00,haus-hafen,LAMP-1,2,24.90,USD,0.50,c-17,4.90"
_SAME_ORDER = "1001,2026-11-03 14:03:00,haus-hafen,WICK-1,3,1.05,USD,,c-17,4.90"


def _file(folder: Path, name: str, *lines: str) -> Path:
    path = folder / name
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def _goods(folder: Path, *rows_: str, **options: object) -> ImportReport:
    path = _file(folder, "goods.csv", _GOODS, *(rows_ or (_LAMP, _WICK)))
    return services.import_csv(path, platform="shop", kind="products", **options)


def _orders(folder: Path, *rows_: str, **options: object) -> ImportReport:
    path = _file(folder, "orders.csv", _ORDERS, *(rows_ or (_ORDER, _SAME_ORDER)))
    return services.import_csv(path, platform="shop", kind="orders", **options)


def test_goods_of_a_file_are_listed_stocked_and_found(tmp_path: Path) -> None:
    report = _goods(tmp_path)

    shop = Platform.objects.get(code="shop")
    with tenancy.as_platform(shop.pk):
        found = catalogue.search(platform_id=shop.pk, text="防风灯").listings
    assert report.rejected == 0
    assert [(listing.title, listing.price, listing.currency) for listing in found] == [
        ("Storm lantern", 2490, "USD")
    ]
    assert rows("select sku, on_hand from stock_stocklevel s join catalogue_offer o on o.id = s.offer_id"
                " join catalogue_variant v on v.id = o.variant_id order by sku") == [
        ("haus-hafen:LAMP-1", 40), ("haus-hafen:WICK-1", 7)
    ]  # fmt: skip
    assert broken() == set()


def test_the_same_file_again_changes_nothing(tmp_path: Path) -> None:
    _goods(tmp_path)
    before = counts()

    again = _goods(tmp_path)

    assert again.already_there
    assert counts() == before


def test_a_new_file_brings_title_price_and_count_up_to_date(tmp_path: Path) -> None:
    _goods(tmp_path)

    _goods(
        tmp_path,
        _LAMP.replace("Storm lantern", "Ship lantern").replace("24.90", "19.90").replace(",40", ",25"),
        _WICK,
    )

    assert rows("select title, price from catalogue_listing order by id") == [
        ("Ship lantern", 1990),
        ("Wick", 105),
    ]
    assert rows("select quantity, reason from stock_stockmovement order by id") == [
        (40, "opening"), (7, "opening"), (-15, "adjustment"),
    ]  # fmt: skip
    assert one("select count(*) from catalogue_product") == 2
    assert broken() == set()


def test_a_count_below_what_is_promised_is_told_and_left(tmp_path: Path) -> None:
    _goods(tmp_path)
    level, platform, offer, warehouse = rows(
        "select s.id, s.platform_id, s.offer_id, s.warehouse_id from stock_stocklevel s order by id"
    )[0]
    with tenancy.as_alliance():
        stock.reserve(
            platform_id=platform, warehouse_id=warehouse, wanted={offer: 30}, reference="X", now=_NOON
        )

    report = _goods(tmp_path, _LAMP.replace(",40", ",29"))

    assert report.first_problems == (
        "goods.csv row 2, stock: 30 units are promised to buyers already ('29')",
    )
    assert one(f"select on_hand from stock_stocklevel where id = {level}") == 40


def test_purchases_of_a_file_come_with_payment_and_books(tmp_path: Path) -> None:
    _goods(tmp_path)

    report = _orders(tmp_path)

    assert report.rejected == 0
    assert rows("select number, source, items_total, delivery_fee, grand_total from orders_ordergroup") == [
        ("shop-1001", "import", 4930 + 315, 490, 5735)
    ]
    assert rows("select quantity, unit_price, discount, total from orders_orderline order by id") == [
        (2, 2490, 50, 4930), (3, 105, 0, 315),
    ]  # fmt: skip
    assert rows("select captured, provider, state from payments_payment") == [(5735, "import", "captured")]
    # Commission is a tenth of 5245, half a cent up.
    assert dict(rows(
        "select a.kind, sum(e.amount) from ledger_ledgerentry e join ledger_account a on a.id = e.account_id"
        " join ledger_journalentry j on j.id = e.journal_id where j.kind = 'takings' group by 1"
    )) == {"provider": 5735, "delivery": -490, "commission": -525, "payable": -4720}  # fmt: skip
    assert one("select username from accounts_user") == "shop-c-17"
    assert broken() == set()


def test_orders_that_are_there_are_not_taken_again(tmp_path: Path) -> None:
    _goods(tmp_path)
    _orders(tmp_path)

    more = _orders(tmp_path, _ORDER, _SAME_ORDER, _ORDER.replace("1001", "1002"))

    assert more.rejected == 0
    assert more.details["set aside: its order is in the database already"] == 2
    assert rows("select number from orders_ordergroup order by 1") == [("shop-1001",), ("shop-1002",)]
    assert broken() == set()


@pytest.mark.parametrize(
    ("row", "told"),
    [
        (
            _ORDER.replace("LAMP-1", "NO-1"),
            "row 2, sku: haus-hafen lists no such SKU on this platform ('NO-1')",
        ),
        (_ORDER.replace(",2,", ",-2,"), "row 2, quantity: a negative number ('-2')"),
        (_ORDER.replace("USD", "EUR"), "row 2, currency: the platform trades in USD, not in EUR ('EUR')"),
        (
            _ORDER.replace("24.90", "24.905"),
            "row 2, unit_price: more than 2 decimals, which USD does not have ('24.905')",
        ),
        (
            _ORDER.replace("haus-hafen", "haus-anker"),
            "row 2, sku: haus-anker lists no such SKU on this platform ('LAMP-1')",
        ),
        ("1001,2026", "row 2: 2 fields where the header has 10 ('1001,2026')"),
    ],
    ids=[
        "unknown SKU",
        "negative quantity",
        "wrong currency",
        "too many decimals",
        "another's good",
        "too few fields",
    ],
)
def test_a_bad_row_is_told_and_the_good_ones_come_in(tmp_path: Path, row: str, told: str) -> None:
    _goods(tmp_path)

    report = _orders(tmp_path, row, _ORDER.replace("1001", "1002"), errors=tmp_path / "errors.csv")

    assert report.rejected == 1
    assert report.first_problems == (f"orders.csv {told}",)
    assert rows("select number from orders_ordergroup") == [("shop-1002",)]
    assert len((tmp_path / "errors.csv").read_text().splitlines()) == 2
    assert broken() == set()


def test_strict_means_all_or_nothing(tmp_path: Path) -> None:
    _goods(tmp_path)
    before = counts()

    with pytest.raises(
        RowsRejected, match=r"1 rows were rejected and nothing was imported; the first: orders\.csv row 3"
    ):
        _orders(tmp_path, _ORDER, _ORDER.replace("1001", "1002").replace("LAMP-1", "NO"), is_strict=True)
    with pytest.raises(RowsRejected):
        _goods(tmp_path, _LAMP, _LAMP, is_strict=True)

    assert counts() == before


@pytest.mark.parametrize(
    ("content", "refusal", "message"),
    [
        (b"", BadFile, "is empty"),
        (b"order,sku\n1,2\n", BadFile, "lacks the column placed_at"),
        (_ORDERS.encode("utf-16"), BadFile, "is UTF-16"),
        (_ORDERS.encode() + b"\n" + b"x" * 2_000_000, FileTooLarge, "has more than 1 MB of text"),
    ],
    ids=["empty", "column missing", "not UTF-8", "huge"],
)
def test_a_file_that_cannot_be_right_is_refused_and_nothing_changes(
    tmp_path: Path, content: bytes, refusal: type[Exception], message: str
) -> None:
    _goods(tmp_path)
    before = counts()
    path = tmp_path / "orders.csv"
    path.write_bytes(content)

    with pytest.raises(refusal, match=message):
        services.import_csv(path, platform="shop", kind="orders", most_mb=1)

    assert counts() == before


def test_a_merchants_upload_cannot_touch_anothers_goods(tmp_path: Path) -> None:
    _goods(tmp_path)

    foreign = _goods(tmp_path, _LAMP.replace("24.90", "0.01"), only_merchant="haus-anker")

    assert foreign.first_problems == (
        "goods.csv row 2, merchant: this import is for haus-anker only ('haus-hafen')",
    )
    assert rows("select price from catalogue_listing order by id") == [(2490,), (105,)]


def test_a_sku_is_its_merchants_own(tmp_path: Path) -> None:
    _goods(tmp_path)

    _goods(tmp_path, _LAMP.replace("haus-hafen", "haus-anker").replace("24.90", "9.00"))

    assert rows("select m.slug, l.price from catalogue_listing l join merchants_merchant m on m.id = l.merchant_id order by 1, 2") == [
        ("haus-anker", 900), ("haus-hafen", 105), ("haus-hafen", 2490),
    ]  # fmt: skip


def test_a_platform_keeps_its_currency_and_needs_a_proper_code(tmp_path: Path) -> None:
    _goods(tmp_path)
    euros = _goods(tmp_path, _LAMP.replace("USD", "EUR"), currency="EUR")

    assert euros.first_problems == (
        "goods.csv row 2, currency: the platform trades in USD, not in EUR ('EUR')",
    )
    with pytest.raises(InvalidInput, match="is no code for a platform"):
        services.import_csv(tmp_path / "goods.csv", platform="Shop!", kind="products")
    with pytest.raises(InvalidInput, match="kind must be products or orders"):
        services.import_csv(tmp_path / "goods.csv", platform="shop", kind="people")
    with pytest.raises(InvalidInput, match="import it into a platform of its own"):
        services.import_online_retail(_file(tmp_path, "day.csv", _RETAIL, _LANTERN), platform="shop")


_RETAIL = "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country"
_LANTERN = "536365,71053,WHITE LANTERN,4,2010-12-01 08:00:00,3.05,17850.0,United Kingdom"


def test_cancelled_invoices_give_the_money_back(tmp_path: Path) -> None:
    path = _file(
        tmp_path,
        "day.csv",
        _RETAIL,
        _LANTERN,
        "536365,POST,POSTAGE,1,2010-12-01 08:00:00,18.00,17850.0,United Kingdom",
        "C536500,71053,WHITE LANTERN,-1,2010-12-09 08:00:00,3.05,17850.0,United Kingdom",
        "C536501,71053,WHITE LANTERN,-3,2010-12-10 08:00:00,3.05,17850.0,United Kingdom",
    )

    report = services.import_online_retail(path)

    assert report.rejected == 0
    assert rows("select captured, refunded from payments_payment") == [(1220 + 1800, 1220)]
    assert rows("select reference, amount from payments_refund order by id") == [
        ("online-retail-536365-C536500", 305), ("online-retail-536365-C536501", 915),
    ]  # fmt: skip
    balances = dict(rows(
        "select a.kind, sum(e.amount) from ledger_ledgerentry e join ledger_account a on a.id = e.account_id group by 1"
    ))  # fmt: skip
    # The goods came back altogether: nothing is owed, no commission is left, the postage is earned.
    assert balances == {"provider": 1800, "delivery": -1800, "commission": 0, "payable": 0}
    assert broken() == set()


def test_a_file_of_online_retail_is_known_again(tmp_path: Path) -> None:
    path = _file(tmp_path, "day.csv", _RETAIL, _LANTERN)
    services.import_online_retail(path)
    before = counts()

    again = services.import_online_retail(path)

    assert again.already_there
    assert counts() == before
    assert rows("select title, price, sold_count from catalogue_listing") == [("White Lantern", 305, 4)]


def test_the_sample_of_olist_comes_in_with_its_buyers(tmp_path: Path) -> None:
    sample = Path(__file__).resolve().parents[4] / "shared/data/recommend/olist/sample-9-tables"
    if not sample.exists():
        pytest.skip("Olist's sample in ../shared/data/recommend/olist is not here")

    report = services.import_olist(sample)

    assert report.rejected == 0
    assert Platform.objects.get(code="olist").currency == "BRL"
    assert one("select count(*) from orders_orderline") == 16
    assert one("select count(distinct buyer_id) from orders_ordergroup") == 6
    assert broken() == set()


def test_the_command_ends_with_1_when_rows_were_rejected(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runtime, "with_database", lambda: None)
    monkeypatch.setattr(runtime, "migrate", lambda: None)
    path = _file(tmp_path, "goods.csv", _GOODS, _LAMP, _WICK.replace("1.05", "free"))
    asked = ["csv", str(path), "--platform", "shop", "--kind", "products", "--json"]

    first = CliRunner().invoke(door.app, asked)
    again = CliRunner().invoke(door.app, asked)
    misused = CliRunner().invoke(door.app, [*asked[:4], "--kind", "people"])

    told = json.loads(first.stdout)
    assert first.exit_code == 1
    assert told["rejected"] == 1
    assert told["first_problems"] == [
        "goods.csv row 3, price: no amount: write digits with a decimal point, such as 12.50 ('free')"
    ]
    assert one("select count(*) from catalogue_listing") == 1
    assert again.exit_code == 0
    assert json.loads(again.stdout)["already_there"]
    assert misused.exit_code == 2
    assert ImportedSource.objects.count() == 1
