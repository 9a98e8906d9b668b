"""What is said of products: a merchant's own at once, shared ones when the operator agrees; and their pictures."""

from __future__ import annotations

import io
import random
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from PIL import Image

from hansa.commerce.accounts.models import User
from hansa.commerce.accounts.policy import Actor
from hansa.commerce.catalogue import edits, facts, goods, selectors, shelves
from hansa.commerce.catalogue.edits import NothingChanged, ProductMoved
from hansa.commerce.catalogue.goods import ArticleKnown, Described, SkuTaken, Terms
from hansa.commerce.catalogue.models import (
    Attribute,
    CatalogueChange,
    Category,
    Listing,
    Offer,
    Product,
    ProductEdit,
    Variant,
)
from hansa.commerce.media import services as media
from hansa.commerce.media.models import Picture
from hansa.foundation import tenancy
from hansa.kernel.errors import Forbidden, InvalidInput, NotFound, Refused
from tests.factories import NOON, Shop, a_merchant, a_shop, a_shopper, an_operator
from tests.integration.web.desks import Role, a_worker, somebody, words

pytestmark = pytest.mark.usefixtures("database", "state")


@pytest.fixture
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A state folder for the pictures of one test."""
    monkeypatch.setenv("HANSA_STATE_DIR", str(tmp_path))
    return tmp_path


def a_photo(colour: str = "teal", size: tuple[int, int] = (400, 300), form: str = "PNG", **how: Any) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, colour).save(out, form, **how)
    return out.getvalue()


def a_tea_shop() -> Shop:
    return a_shop(stock={"tea": 10, "salt": 5}, prices={"tea": 500, "salt": 100})


def shared_with_cy(shop: Shop, name: str = "tea") -> Actor:
    """Let another merchant offer the same good."""
    cy, owner = a_merchant(shop.platform, "cy")
    Offer.objects.create(
        merchant=cy, variant=shop.listings[name].offer.variant, unit_cost=100, created_at=NOON
    )
    return owner


def propose(shop: Shop, wanted: dict[str, Any], *, by: Actor | None = None, name: str = "tea") -> ProductEdit:
    with tenancy.as_platform(shop.platform.pk):
        return edits.propose(
            actor=by or shop.owner,
            platform_id=shop.platform.pk,
            merchant_id=shop.merchant.pk,
            product_id=shop.listings[name].product_id,
            wanted=wanted,
            now=NOON,
        )


def tea(shop: Shop) -> Product:
    return Product.objects.get(pk=shop.listings["tea"].product_id)


def decide(shop: Shop, act: Any, edit: ProductEdit, by: Actor, **more: str) -> ProductEdit:
    with tenancy.as_platform(shop.platform.pk):
        return act(actor=by, platform_id=shop.platform.pk, edit_id=edit.pk, now=NOON, **more)


def test_what_nobody_else_offers_is_changed_at_once_and_found_by_its_new_name() -> None:
    shop = a_tea_shop()
    Category.objects.create(slug="drinks", name="Drinks", name_zh="饮料")

    edit = propose(
        shop, {"title": "Sencha", "title_zh": "煎茶", "category": "drinks", "gtin": "4006381333931"}
    )

    assert edit.state == "applied"
    assert (tea(shop).title, tea(shop).category.slug, tea(shop).gtin) == ("Sencha", "drinks", "4006381333931")
    with tenancy.as_platform(shop.platform.pk):
        listing = Listing.objects.get(pk=shop.listings["tea"].pk)
        found = selectors.search(platform_id=shop.platform.pk, text="sencha").listings
        gone = selectors.search(platform_id=shop.platform.pk, text="tea").listings
    assert (listing.title, listing.category.slug) == ("Sencha", "drinks")
    assert [each.pk for each in found] == [listing.pk]
    assert gone == []
    change = CatalogueChange.objects.get()
    assert (change.what, change.actor_id, change.before["title"], change.after["title"]) == (
        "product",
        shop.owner.user_id,
        "Tea",
        "Sencha",
    )


def test_a_shared_product_waits_for_the_operator_and_then_says_so_on_every_platform() -> None:
    shop = a_tea_shop()
    shared_with_cy(shop)
    operator = an_operator(shop)

    edit = propose(shop, {"title": "Sencha"})

    assert (edit.state, tea(shop).title) == ("waiting", "Tea")
    assert CatalogueChange.objects.count() == 0
    assert decide(shop, edits.approve, edit, operator).state == "applied"
    assert tea(shop).title == "Sencha"
    with tenancy.as_platform(shop.platform.pk):
        assert Listing.objects.get(pk=shop.listings["tea"].pk).title == "Sencha"


def test_a_declined_edit_changes_nothing_and_says_why() -> None:
    shop = a_tea_shop()
    shared_with_cy(shop)
    operator = an_operator(shop)
    edit = propose(shop, {"title": "BEST TEA!!!"})

    with pytest.raises(InvalidInput, match="please give a reason"):
        decide(shop, edits.reject, edit, operator, reason="  ")
    declined = decide(shop, edits.reject, edit, operator, reason="no shouting")

    assert (declined.state, declined.reason, tea(shop).title) == ("rejected", "no shouting", "Tea")
    with pytest.raises(Refused, match="is rejected"):
        decide(shop, edits.approve, edit, operator)
    assert tea(shop).title == "Tea"


def test_what_was_asked_for_before_is_taken_up_into_the_new_edit() -> None:
    shop = a_tea_shop()
    shared_with_cy(shop)

    first = propose(shop, {"title": "Sencha"})
    second = propose(shop, {"brand": "Hafen"})

    with tenancy.as_platform(shop.platform.pk):
        first.refresh_from_db()
    assert first.state == "superseded"
    assert second.after == {"title": "Sencha", "brand": "Hafen"}
    assert second.before == {"title": "Tea", "brand": ""}


def test_an_edit_of_a_product_that_has_moved_is_not_agreed_to() -> None:
    shop = a_tea_shop()
    shared_with_cy(shop)
    operator = an_operator(shop)
    edit = propose(shop, {"title": "Sencha"})
    Product.objects.filter(pk=tea(shop).pk).update(title="Green tea")

    with pytest.raises(ProductMoved, match="title"):
        decide(shop, edits.approve, edit, operator)

    assert tea(shop).title == "Green tea"


def test_strangers_neither_ask_nor_decide_and_nothing_changes() -> None:
    shop = a_tea_shop()
    cy = shared_with_cy(shop)
    edit = propose(shop, {"title": "Sencha"})

    with pytest.raises(Forbidden):
        propose(shop, {"title": "Mine"}, by=a_shopper())
    with pytest.raises(Forbidden):
        propose(shop, {"title": "Mine"}, by=cy)
    with pytest.raises(Forbidden):
        decide(shop, edits.approve, edit, shop.owner)
    with pytest.raises(NotFound), tenancy.as_platform(shop.platform.pk):
        edits.propose(
            actor=cy,
            platform_id=shop.platform.pk,
            merchant_id=cy.merchant_ids()[0],
            product_id=shop.listings["salt"].product_id,
            wanted={"title": "Mine"},
            now=NOON,
        )

    assert (tea(shop).title, ProductEdit.objects.using("owner").count()) == ("Tea", 1)


@pytest.mark.parametrize(
    ("wanted", "reason"),
    [
        ({"gtin": "4006381333932"}, "last digit would be 1"),
        ({"title": " "}, "needs a title"),
        ({"title": "x" * 201}, "at most 200 letters"),
        ({"category": "none"}, "no category 'none'"),
        ({"colour": "red"}, "says nothing of colour"),
        ({"pictures": [{"digest": "0" * 64}]}, "no such picture"),
        ({"attributes": {"nobodys": {"size": "m"}}}, "no variant nobodys"),
        ({"attributes": {"trave-bo-tea": {"size": "m"}}}, "no attribute 'size'"),
        ({"attributes": {"trave-bo-tea": {"fat": "much"}}}, "fat is a number, not 'much'"),
    ],
)
def test_facts_that_cannot_be_are_refused(wanted: dict[str, Any], reason: str) -> None:
    shop = a_tea_shop()
    Attribute.objects.create(code="fat", name="Fat", kind="number")
    before = facts.of(tea(shop))

    with pytest.raises((InvalidInput, NotFound), match=reason):
        propose(shop, wanted)

    assert facts.of(tea(shop)) == before


def test_asking_for_what_is_so_already_is_refused() -> None:
    shop = a_tea_shop()

    with pytest.raises(NothingChanged):
        propose(shop, {"title": "Tea"})

    with tenancy.as_platform(shop.platform.pk):
        assert ProductEdit.objects.count() == 0


def test_one_of_two_operators_who_decide_at_once_is_told_that_it_is_decided() -> None:
    shop = a_tea_shop()
    shared_with_cy(shop)
    operator = an_operator(shop)
    edit = propose(shop, {"title": "Sencha"})

    def act(number: int) -> str:
        try:
            if number % 2:
                return decide(shop, edits.approve, edit, operator).state
            return decide(shop, edits.reject, edit, operator, reason="no").state
        except Refused:
            return "refused"
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as threads:
        said = sorted(threads.map(act, range(4)))

    assert said.count("refused") == 3
    assert tea(shop).title == ("Sencha" if "applied" in said else "Tea")


def test_attributes_become_values_that_the_search_narrows_by() -> None:
    shop = a_tea_shop()
    Attribute.objects.create(code="fat", name="Fat", kind="number")
    Attribute.objects.create(code="organic", name="Organic", kind="flag")

    propose(shop, {"attributes": {"trave-bo-tea": {"fat": "3,50", "organic": "Yes"}}})

    assert facts.of(tea(shop))["attributes"] == {"trave-bo-tea": {"fat": "3.5", "organic": "yes"}}
    propose(shop, {"attributes": {"trave-bo-tea": {"organic": ""}}})
    assert facts.of(tea(shop))["attributes"] == {"trave-bo-tea": {"fat": "3.5"}}


def test_variants_are_made_for_every_combination_with_offers_and_listings() -> None:
    shop = a_tea_shop()
    Attribute.objects.create(code="size", name="Size", kind="text")
    visitor = somebody(User.objects.get(pk=shop.owner.user_id))
    path = f"/desk/merchant/trave/{shop.merchant.pk}/goods/{shop.listings['tea'].pk}/variants/"

    answer = visitor.post(
        path,
        do="make",
        stem="tea",
        axis_1="size",
        values_1="100 g, 200 g",
        axis_2="",
        values_2="",
        price="4.90",
        unit_cost="2",
        weight_g="120",
    )

    assert answer.status_code == 302, words(answer)
    assert facts.of(tea(shop))["attributes"] == {"tea-100g": {"size": "100 g"}, "tea-200g": {"size": "200 g"}}
    with tenancy.as_platform(shop.platform.pk):
        made = Listing.objects.filter(offer__variant__sku__startswith="tea-").order_by("pk")
        assert [(each.title, each.price) for each in made] == [("Tea · 100 g", 490), ("Tea · 200 g", 490)]
    again = visitor.post(
        path, do="make", stem="tea", axis_1="size", values_1="100 g", price="4", unit_cost="2", weight_g="1"
    )
    assert "tea-100g is in use already" in words(again)
    assert Variant.objects.filter(product=tea(shop)).count() == 3


def test_a_good_is_sold_on_other_platforms_at_prices_of_their_own() -> None:
    shop, other = a_tea_shop(), a_shop(stock={}, prices={}, code="warnow", merchant_name="dee")
    with tenancy.as_platform(other.platform.pk):
        from hansa.commerce.merchants.models import Store

        Store.objects.create(platform=other.platform, merchant=shop.merchant)
    visitor = somebody(User.objects.get(pk=shop.owner.user_id))
    path = f"/desk/merchant/trave/{shop.merchant.pk}/goods/{shop.listings['tea'].pk}/places/"
    assert "not listed" in visitor.reads(path)

    answer = visitor.post(path, platform="warnow", price="6.50", show="yes")

    assert answer.status_code == 302
    with tenancy.as_platform(other.platform.pk):
        assert Listing.objects.get().price == 650
    with tenancy.as_platform(shop.platform.pk):
        assert Listing.objects.get(pk=shop.listings["tea"].pk).price == 500
    assert visitor.post(path, platform="warnow", price="nothing", show="yes").status_code == 422
    assert visitor.post(path, platform="elsewhere", price="1", show="yes").status_code == 422


def test_goods_are_not_sold_where_the_merchant_keeps_no_store() -> None:
    shop, other = a_tea_shop(), a_shop(stock={}, prices={}, code="warnow", merchant_name="dee")

    with pytest.raises(NotFound, match="no store here"):
        goods.sell_at(
            actor=shop.owner,
            platform=other.platform,
            merchant_id=shop.merchant.pk,
            offer_id=shop.listings["tea"].offer_id,
            price=100,
            is_active=True,
            now=NOON,
        )

    with tenancy.as_platform(other.platform.pk):
        assert Listing.objects.count() == 0


def test_an_article_that_is_sold_already_is_no_new_product_however_its_number_is_written() -> None:
    shop = a_shop(stock={"tea": 1}, prices={"tea": 500})
    category = Category.objects.create(slug="drinks", name="Drinks", name_zh="饮料")
    Product.objects.filter(pk=shop.listings["tea"].product_id).update(gtin="4006381333931")
    with tenancy.as_platform(shop.platform.pk), pytest.raises(ArticleKnown, match="is there as"):
        goods.sell_new(
            actor=shop.owner,
            platform=shop.platform,
            merchant_id=shop.merchant.pk,
            described=Described("Tea again", category.pk, gtin="04006381333931"),
            terms=Terms("T-2", 1, 1),
            now=NOON,
        )

    assert (Product.objects.count(), Variant.objects.count()) == (1, 1)


def test_new_products_are_checked_and_skus_are_given_once() -> None:
    category = Category.objects.create(slug="drinks", name="Drinks", name_zh="饮料")
    with pytest.raises(InvalidInput, match="last digit would be 1"):
        goods.make_product(Described("Tea", category.pk, gtin="4006381333932"), now=NOON)
    product = goods.make_product(Described("Tea", category.pk, gtin="4006381333931"), now=NOON)
    goods.make_variant(product, Terms("T-1", 1, 1))
    with pytest.raises(SkuTaken):
        goods.make_variant(product, Terms("T-1", 1, 1))

    assert (Product.objects.count(), Variant.objects.count()) == (1, 1)


def test_a_picture_is_taken_in_once_and_stands_in_three_sizes(state: Path) -> None:
    data = a_photo(size=(2_000, 1_000))

    one, other = media.take_in(data, now=NOON), media.take_in(data, now=NOON)

    assert (one.pk, one.width, one.height) == (other.pk, 2_000, 1_000)
    folder = state / "media" / one.digest[:2] / one.digest
    assert sorted(each.name for each in folder.iterdir()) == [
        "large.jpg",
        "large.webp",
        "medium.webp",
        "small.webp",
    ]
    with Image.open(folder / "small.webp") as small:
        assert small.size == (320, 160)
    assert Picture.objects.count() == 1


def test_a_merchant_hangs_pictures_and_the_shop_shows_them() -> None:
    shop = a_tea_shop()
    visitor = somebody(User.objects.get(pk=shop.owner.user_id))
    path = f"/desk/merchant/trave/{shop.merchant.pk}/goods/{shop.listings['tea'].pk}/edit/"
    files = [SimpleUploadedFile(f"{colour}.png", a_photo(colour)) for colour in ("teal", "red")]

    assert visitor.browser.post(path, {"do": "add", "pictures": files}).status_code == 302
    hung = facts.of(tea(shop))["pictures"]
    first, second = (each["digest"] for each in hung)
    form = {"do": "pictures", f"place-{first}": "5", f"place-{second}": "1", f"alt-{second}": "A red tin"}
    assert visitor.browser.post(path, form).status_code == 302

    assert [each["digest"] for each in facts.of(tea(shop))["pictures"]] == [second, first]
    page = Client().get(f"/trave/p/{shop.listings['tea'].pk}/").content.decode()
    assert 'alt="A red tin"' in page
    assert f'"image": "http://testserver/media/{second}/large.jpg"' in page
    assert f"/media/{second}/small.webp" in Client().get("/trave/search/?q=tea").content.decode()
    feed = b"".join(Client().get("/trave/feed.xml").streaming_content).decode()
    assert f"<g:image_link>http://testserver/media/{second}/large.jpg</g:image_link>" in feed
    served = Client().get(f"/media/{second}/small.webp")
    assert served.headers["Content-Type"] == "image/webp"
    assert served.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert served.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in served.headers["Content-Security-Policy"]
    assert Client().get(f"/media/{'0' * 64}/small.webp").status_code == 404


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("tea.png", b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'),
        ("tea.jpg", b"GIF89a" + bytes(60)),
        ("tea.jpg", a_photo(form="JPEG")[:800]),
        ("tea.png", a_photo(size=(40, 400))),
        ("tea.png", random.Random(1).randbytes(2_000)),
    ],
)
def test_what_is_no_picture_is_refused_whatever_it_is_called(state: Path, name: str, data: bytes) -> None:
    shop = a_tea_shop()
    visitor = somebody(User.objects.get(pk=shop.owner.user_id))
    path = f"/desk/merchant/trave/{shop.merchant.pk}/goods/{shop.listings['tea'].pk}/edit/"

    answer = visitor.browser.post(path, {"do": "add", "pictures": SimpleUploadedFile(name, data)})

    assert answer.status_code == 422
    assert "picture" in words(answer)
    assert (Picture.objects.count(), (state / "media").exists()) == (0, False)


def test_the_operator_sees_what_changes_and_decides() -> None:
    shop = a_tea_shop()
    shared_with_cy(shop)
    edit = propose(shop, {"title": "Sencha"})
    operator = a_worker(Role.OPERATOR, shop.platform)
    path = "/desk/operator/trave/edits/"

    page = operator.reads(path)
    assert "Tea" in page
    assert "Sencha" in page
    assert operator.post(path, edit=str(edit.pk), do="reject", reason="").status_code == 422
    assert operator.post(path, edit=str(edit.pk), do="approve").status_code == 302

    assert tea(shop).title == "Sencha"
    assert "in force" in operator.reads(path + "?state=applied")
    assert somebody(User.objects.get(pk=shop.owner.user_id)).get(path).status_code == 403


def test_the_operator_keeps_categories_brands_and_attributes() -> None:
    shop = a_tea_shop()
    propose(shop, {"brand": "Hafen"})
    operator = a_worker(Role.OPERATOR, shop.platform)
    path = "/desk/operator/trave/shelves/"

    assert operator.post(path, do="add-category", name="Drinks", name_zh="饮料", parent="").status_code == 302
    drinks = Category.objects.get(slug="drinks")
    assert (
        operator.post(path, do="add-category", name="Tea", name_zh="茶", parent=str(drinks.pk)).status_code
        == 302
    )
    kind = Category.objects.get(slug="tea")
    assert (
        operator.post(path, do="add-category", name="Sencha", name_zh="", parent=str(kind.pk)).status_code
        == 409
    )
    assert operator.post(path, do="add-category", name="Tea", name_zh="", parent="").status_code == 409
    assert (
        operator.post(
            path, do="rename-category", category=str(kind.pk), name="Teas", name_zh="茶叶"
        ).status_code
        == 302
    )
    assert (
        operator.post(
            path, do="add-attribute", name="Fat content", name_zh="脂肪", kind="number", unit="%"
        ).status_code
        == 302
    )
    brand = shelves.brands().get(name="Hafen")
    assert operator.post(path, do="name-brand", brand=str(brand.pk), name_zh="海港").status_code == 302

    page = operator.reads(path)
    assert "Drinks › Teas" in page
    assert "fat-content" in page
    brand.refresh_from_db()
    assert brand.name_zh == "海港"
    whats = list(CatalogueChange.objects.order_by("pk").values_list("what", flat=True))
    assert whats == ["product", "category", "category", "category", "attribute", "brand"]
