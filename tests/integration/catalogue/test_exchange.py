"""A merchant's goods out and in again: nothing changes by that, a row comes whole or not at all, twice is once."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from typer.testing import CliRunner

from hansa.cli import exporting, importing, runtime
from hansa.commerce.accounts.models import User
from hansa.commerce.catalogue import facts, selectors
from hansa.commerce.catalogue.exchange.rows import COLUMNS
from hansa.commerce.catalogue.exchange.services import Report, export_goods, import_goods
from hansa.commerce.catalogue.models import Attribute, Listing, Offer, Product, ProductEdit, Variant
from hansa.foundation import tenancy
from hansa.kernel.errors import Forbidden, NotFound
from tests.factories import NOON, Shop, a_merchant, a_platform, a_shop, a_shopper
from tests.integration.web.desks import somebody, words

pytestmark = pytest.mark.usefixtures("database")

HEAD = "sku,title,category,price,currency"
NOTHING = {"new": 0, "changed": 0, "waiting": 0, "same": 0, "refused": 0}


def a_tea_shop() -> Shop:
    return a_shop(stock={"tea": 10, "salt": 5}, prices={"tea": 500, "salt": 100})


def bring(shop: Shop, text: str | bytes, *, dry_run: bool = False) -> Report:
    data = text if isinstance(text, bytes) else text.encode()
    return import_goods(
        actor=shop.owner,
        platform=shop.platform,
        merchant_id=shop.merchant.pk,
        data=data,
        now=NOON,
        dry_run=dry_run,
    )


def out(shop: Shop, kind: str = "csv") -> bytes:
    return export_goods(actor=shop.owner, platform=shop.platform, merchant_id=shop.merchant.pk, kind=kind)


def everything() -> list[list[tuple[object, ...]]]:
    with connection.cursor() as cursor, tenancy.as_alliance():
        found = []
        for table in (
            "product",
            "variant",
            "variantvalue",
            "offer",
            "listing",
            "productedit",
            "cataloguechange",
        ):
            cursor.execute(f"select * from catalogue_{table} order by id")
            found.append(cursor.fetchall())
        return found


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_what_went_out_comes_in_again_and_changes_nothing(kind: str) -> None:
    shop = a_tea_shop()
    Attribute.objects.create(code="size", name="Size")
    bring(shop, f"{HEAD},attributes,description,group\nx-1,=,pantry,1.00,EUR,,,\n")  # refused: a formula
    bring(
        shop,
        f"{HEAD},attributes,description,group,active\n"
        '00042,\'=Tea,pantry,4.90,EUR,size=a;;b,"two\nlines, and more",teas,no\n'
        "T-2,茶,pantry,0.01,EUR,,,teas,yes\n",
    )
    before = everything()

    report = bring(shop, out(shop, kind))

    assert report.counts == NOTHING | {"same": 4}
    assert everything() == before


def test_new_goods_are_listed_in_groups_and_found() -> None:
    shop = a_tea_shop()
    Attribute.objects.create(code="size", name="Size")

    report = bring(
        shop,
        f"{HEAD},group,label,attributes,gtin\n"
        "S-1,Sencha,pantry,4.90,EUR,sencha,100 g,size=100 g,4006381333931\n"
        "S-2,Sencha,pantry,8.90,EUR,sencha,200 g,size=200 g,4006381333931\n",
    )

    assert report.counts == NOTHING | {"new": 2}
    product = Product.objects.get(title="Sencha")
    assert facts.of(product)["attributes"] == {"S-1": {"size": "100 g"}, "S-2": {"size": "200 g"}}
    with tenancy.as_platform(shop.platform.pk):
        found = selectors.search(platform_id=shop.platform.pk, text="sencha").listings
    assert sorted((each.title, each.price) for each in found) == [
        ("Sencha · 100 g", 490),
        ("Sencha · 200 g", 890),
    ]


def test_the_same_file_twice_is_once() -> None:
    shop = a_tea_shop()
    text = f"{HEAD}\nS-1,Sencha,pantry,4.90,EUR\ntrave-bo-tea,Tea,pantry,6.00,EUR\n"

    assert bring(shop, text).counts == NOTHING | {"new": 1, "changed": 1}
    before = everything()

    assert bring(shop, text).counts == NOTHING | {"same": 2}
    assert everything() == before


def test_a_dry_run_tells_the_same_and_changes_nothing() -> None:
    shop = a_tea_shop()
    text = f"{HEAD}\nS-1,Sencha,pantry,4.90,EUR\ntrave-bo-tea,Green tea,pantry,6.00,EUR\nS-2,Bad,none,1,EUR\n"
    before = everything()

    dry = bring(shop, text, dry_run=True)
    assert everything() == before
    real = bring(shop, text)

    assert (dry.is_dry_run, real.is_dry_run) == (True, False)
    assert dry.counts == real.counts == NOTHING | {"new": 1, "changed": 1, "refused": 1}
    assert dry.problems == real.problems
    assert [(each.line, each.column, each.value) for each in real.problems] == [(4, "category", "none")]


def test_a_row_is_taken_whole_or_not_at_all() -> None:
    shop = a_tea_shop()

    report = bring(
        shop,
        f"{HEAD},attributes\ntrave-bo-tea,Green tea,pantry,6.00,EUR,colour=red\nS-1,Sencha,pantry,1,EUR,\n",
    )

    assert report.counts == NOTHING | {"new": 1, "refused": 1}
    assert str(report.problems[0]) == "line 2: there is no attribute 'colour'"
    with tenancy.as_platform(shop.platform.pk):
        tea = Listing.objects.get(pk=shop.listings["tea"].pk)
    assert (tea.title, tea.price) == ("Tea", 500)


def test_shared_products_wait_while_prices_count_at_once() -> None:
    shop = a_tea_shop()
    cy, _owner = a_merchant(shop.platform, "cy")
    variant = shop.listings["tea"].offer.variant
    Offer.objects.create(merchant=cy, variant=variant, unit_cost=1, created_at=NOON)
    text = f"{HEAD}\ntrave-bo-tea,BEST TEA,pantry,6.00,EUR\n"

    assert bring(shop, text).counts == NOTHING | {"waiting": 1}
    again = bring(shop, text)

    with tenancy.as_platform(shop.platform.pk):
        assert Listing.objects.get(pk=shop.listings["tea"].pk).price == 600
        assert [(each.state, each.after) for each in ProductEdit.objects.all()] == [
            ("waiting", {"title": "BEST TEA"})
        ]
    assert again.counts == NOTHING | {"waiting": 1}
    assert Product.objects.get(pk=variant.product_id).title == "Tea"
    heavier = bring(shop, f"{HEAD},weight_g\ntrave-bo-tea,Tea,pantry,6.00,EUR,999\n")
    assert str(heavier.problems[0]) == "line 2, weight_g: another merchant offers this too; leave it as it is"


def test_another_merchants_article_is_offered_by_its_sku_and_gtin_only() -> None:
    shop = a_tea_shop()
    bring(shop, f"{HEAD},gtin\nS-1,Sencha,pantry,4.90,EUR,4006381333931\n")
    cy, owner = a_merchant(shop.platform, "cy")
    theirs = Shop(shop.platform, cy, owner, shop.centre)

    stolen = bring(theirs, f"{HEAD}\nS-1,Mine,pantry,1.00,EUR\n")
    renamed = bring(theirs, f"{HEAD},gtin\nX-1,Mine,pantry,1.00,EUR,04006381333931\n")
    shared = bring(theirs, f"{HEAD},gtin\nS-1,Sencha,pantry,4.50,EUR,04006381333931\n")

    assert "give its GTIN to offer the same" in stolen.problems[0].reason
    assert "is there as S-1; use that SKU" in renamed.problems[0].reason
    assert shared.counts == NOTHING | {"new": 1}
    assert Offer.objects.filter(variant__sku="S-1").count() == 2
    assert (Product.objects.filter(title="Mine").count(), Variant.objects.filter(sku="X-1").count()) == (0, 0)


def test_slips_are_told_and_a_sku_counts_once_a_file() -> None:
    shop = a_tea_shop()

    report = bring(
        shop,
        f"{HEAD},group\nS-1,Sencha,pantry,x,EUR,\nS-2,A,pantry,1,EUR,\nS-2,B,pantry,1,EUR,\nS-3,C,pantry,1,EUR,#1\nS-4,C,pantry,1,EUR,#999\n",
    )

    assert [(each.line, each.column) for each in report.problems] == [(2, "price"), (4, "sku"), (6, "group")]
    assert report.counts == NOTHING | {"new": 2, "refused": 3}


def test_only_who_runs_the_merchant_brings_goods_and_only_where_it_has_a_store() -> None:
    shop = a_tea_shop()
    other = a_platform("warnow")
    before = everything()

    with pytest.raises(Forbidden):
        import_goods(
            actor=a_shopper(),
            platform=shop.platform,
            merchant_id=shop.merchant.pk,
            data=f"{HEAD}\n".encode(),
            now=NOON,
        )
    with pytest.raises(Forbidden):
        export_goods(actor=a_shopper("cy"), platform=shop.platform, merchant_id=shop.merchant.pk)
    with pytest.raises(NotFound, match="keeps no store"):
        import_goods(
            actor=shop.owner,
            platform=other,
            merchant_id=shop.merchant.pk,
            data=f"{HEAD}\nS,S,pantry,1,EUR\n".encode(),
            now=NOON,
        )

    assert everything() == before


def test_an_export_of_many_goods_takes_a_handful_of_queries() -> None:
    shop = a_shop(stock={f"tea{n}": 1 for n in range(12)}, prices={f"tea{n}": 100 for n in range(12)})

    with CaptureQueriesContext(connection) as captured:
        data = out(shop)

    assert len(list(csv.reader(io.StringIO(data.decode("utf-8-sig"))))) == 13
    assert len([each for each in captured if each["sql"].startswith("SELECT")]) <= 3


def test_a_file_of_new_goods_takes_a_handful_of_statements_however_long_it_is() -> None:
    shop = a_tea_shop()
    rows = "".join(f"new-{number},Good {number},pantry,{number + 1}.00,EUR\n" for number in range(60))

    with CaptureQueriesContext(connection) as captured:
        new = bring(shop, f"{HEAD}\n{rows}")
    with CaptureQueriesContext(connection) as captured_again:
        same = bring(shop, f"{HEAD}\n{rows}")

    assert (new.counts["new"], same.counts["same"]) == (60, 60)
    assert (len(captured) < 40, len(captured_again) < 20) == (True, True), (
        len(captured),
        len(captured_again),
    )


def test_of_two_rows_with_one_gtin_the_second_is_refused() -> None:
    shop = a_tea_shop()

    report = bring(
        shop,
        f"{HEAD},gtin\nmug-a,Mug,pantry,4.00,EUR,4006381333931\nmug-b,Mug,pantry,4.00,EUR,04006381333931\n",
    )

    assert report.counts["new"] == 1
    assert [(each.line, each.column, each.reason) for each in report.problems] == [
        (3, "gtin", "this article is there as mug-a; use that SKU to offer it too")
    ]


def test_the_desks_page_shows_the_report_and_gives_the_file() -> None:
    shop = a_tea_shop()
    visitor = somebody(User.objects.get(pk=shop.owner.user_id))
    path = f"/desk/merchant/trave/{shop.merchant.pk}/goods/table/"
    text = f"{HEAD}\nS-1,Sencha,pantry,4.90,EUR\nS-2,Bad,none,1,EUR\n".encode()

    looked = visitor.browser.post(path, {"file": SimpleUploadedFile("g.csv", text), "dry_run": "yes"})
    assert "line 3" in words(looked)
    assert Variant.objects.filter(sku="S-1").count() == 0
    taken = visitor.browser.post(path, {"file": SimpleUploadedFile("g.csv", text)})
    assert Variant.objects.filter(sku="S-1").count() == 1
    assert taken.status_code == 200
    broken = visitor.browser.post(path, {"file": SimpleUploadedFile("g.csv", b"a,b\n")})
    assert (broken.status_code, "Unknown columns" in words(broken)) == (422, True)
    sent = visitor.get(path + "goods.csv")
    assert (
        sent.headers["Content-Disposition"] == f'attachment; filename="trave-{shop.merchant.slug}-goods.csv"'
    )
    assert sent.content.decode("utf-8-sig").splitlines()[0] == ",".join(COLUMNS)
    assert visitor.get(path + "goods.xlsx").content[:2] == b"PK"


def test_the_api_gives_the_table_and_takes_it_in() -> None:
    shop = a_tea_shop()
    visitor = somebody(User.objects.get(pk=shop.owner.user_id))
    path = f"/api/v1/merchants/{shop.merchant.pk}/goods"
    text = f"{HEAD}\nS-1,Sencha,pantry,4.90,EUR\nS-2,Bad,none,1,EUR\n".encode()

    looked = visitor.browser.post(
        f"{path}?platform=trave&dry_run=true", {"file": SimpleUploadedFile("g.csv", text)}
    )
    taken = visitor.browser.post(f"{path}?platform=trave", {"file": SimpleUploadedFile("g.csv", text)})
    sent = visitor.get(f"{path}?platform=trave")

    assert (looked.json()["dry_run"], looked.json()["new"]) == (True, 1)
    assert taken.json() == {
        "dry_run": False,
        **NOTHING,
        "new": 1,
        "refused": 1,
        "problems": [
            {
                "line": 3,
                "column": "category",
                "value": "none",
                "reason": "there is no such category; use the slug of one",
            }
        ],
    }
    assert "S-1" in sent.content.decode("utf-8-sig")
    assert visitor.get(f"{path}?platform=trave&form=pdf").status_code == 422
    stranger = somebody(User.objects.create(username="mallory"))
    assert stranger.get(f"{path}?platform=trave").status_code == 403


def test_the_command_line_takes_goods_out_and_in(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    shop = a_tea_shop()
    monkeypatch.setattr(runtime, "with_database", lambda: None)
    where = ["--platform", "trave", "--merchant", shop.merchant.slug, "--json"]
    path = tmp_path / "goods.xlsx"

    written = CliRunner().invoke(exporting.app, ["goods", str(path), *where], catch_exceptions=False)
    same = CliRunner().invoke(importing.app, ["goods", str(path), *where], catch_exceptions=False)
    path.write_text(f"{HEAD}\nS-1,Sencha,pantry,x,EUR\n")
    wrong = CliRunner().invoke(importing.app, ["goods", str(path), *where], catch_exceptions=False)

    assert written.exit_code == 0, written.output
    assert json.loads(same.stdout) == {"dry_run": False, **NOTHING, "same": 2, "problems": []}
    assert (wrong.exit_code, json.loads(wrong.stdout)["refused"]) == (1, 1)
    assert json.loads(wrong.stdout)["problems"][0]["column"] == "price"
