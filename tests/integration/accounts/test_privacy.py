"""A copy of everything, and being forgotten: nothing of a person's own words is left, and the books still balance."""

from __future__ import annotations

import io
import json
import zipfile
from datetime import timedelta

import pytest
from allauth.socialaccount.models import SocialAccount
from django.apps import apps
from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db import DatabaseError, connection, connections, models, transaction
from django.test import Client

from hansa.commerce.accounts import consents, services
from hansa.commerce.accounts.models import Address, ApiToken, Membership, RoleChange, User
from hansa.commerce.accounts.policy import SYSTEM, Held, Role
from hansa.commerce.accounts.selectors import actor_of
from hansa.commerce.behaviour.models import BehaviourEvent
from hansa.commerce.ledger.models import LedgerEntry
from hansa.commerce.orders.models import Order, OrderGroup, OrderLine, OrderStatusChange
from hansa.commerce.privacy import register, selectors
from hansa.commerce.privacy import services as privacy
from hansa.commerce.privacy.errors import ExportGone, PurchasesUnderWay, RolesHeld
from hansa.commerce.privacy.models import Erasure, Export
from hansa.commerce.reviews.models import Review
from hansa.config.subscriptions import SUBSCRIPTIONS
from hansa.foundation import invariants, outbox, tenancy
from hansa.foundation.database_roles import OWNER
from hansa.foundation.models import OutboxEvent
from tests.factories import NOON, Shop, a_platform, a_shop
from tests.integration.accounts.people import PASSWORD, is_signed_in, reauthenticate, sign_in

pytestmark = pytest.mark.usefixtures("database")
CANARY = "kanarienvogel"


def a_full_life() -> tuple[User, Shop]:
    """Somebody whose words stand in every table that takes a person's words, and who has all their parcels."""
    shop = a_shop(stock={"tea": 10}, prices={"tea": 500})
    user = User.objects.create_user(
        f"{CANARY}-user",
        email=f"{CANARY}@example.org",
        password=PASSWORD,
        first_name=f"{CANARY} first",
        last_name=f"{CANARY} last",
        display_name=f"{CANARY} shown",
        external_ref=f"{CANARY}-ref",
        home_platform=shop.platform,
    )
    user.emailaddress_set.create(email=user.email, verified=True, primary=True)  # type: ignore[attr-defined]  # allauth's
    SocialAccount.objects.create(
        user=user, provider="house", uid=f"{CANARY}-uid", extra_data={"name": CANARY}
    )
    place = {
        "recipient": f"{CANARY} recipient",
        "street": f"{CANARY} street",
        "city": f"{CANARY} city",
        "postal_code": CANARY,
        "country": "DE",
        "latitude": 53.8,
        "longitude": 10.6,
    }
    Address.objects.create(user=user, **place)
    services.issue_token(user=user, name=f"{CANARY} key", now=NOON)
    _serve_and_leave(user, shop)
    _buy_and_review(user, shop, place)
    with tenancy.as_platform(shop.platform.pk):
        BehaviourEvent.objects.create(
            platform=shop.platform, kind="search", user=user, visitor=f"user-{user.pk}", words=CANARY, at=NOON
        )
    kind = ContentType.objects.get_for_model(User)
    LogEntry.objects.create(
        user=user,
        content_type=kind,
        object_id=str(user.pk),
        object_repr=str(user),
        action_flag=2,
        change_message=f"changed {CANARY}",
    )
    outbox.drain(SUBSCRIPTIONS)
    return user, shop


def _serve_and_leave(user: User, shop: Shop) -> None:
    role = Held(Role.MERCHANT, None, shop.merchant.pk)
    services.grant_role(actor=SYSTEM, user_id=user.pk, role=role, now=NOON)
    services.revoke_role(actor=actor_of(user), user_id=user.pk, role=role, now=NOON)


def _buy_and_review(user: User, shop: Shop, place: dict[str, object]) -> None:
    group = shop.buy(actor_of(user), [("tea", 2)])
    with tenancy.as_platform(shop.platform.pk):
        OrderGroup.objects.filter(pk=group.pk).update(**place, email=user.email, token=f"{CANARY}-token")
        order = Order.objects.get(group=group)
        for old, new in (("paid", "shipped"), ("shipped", "delivered")):
            Order.objects.filter(pk=order.pk).update(status=new)
            OrderStatusChange.objects.create(
                platform=shop.platform, order=order, old=old, new=new, actor=str(user), at=NOON
            )
        line = OrderLine.objects.get(order=order)
        Review.objects.create(
            platform=shop.platform,
            line=line,
            listing=shop.listings["tea"],
            merchant=shop.merchant,
            author=user,
            stars=5,
            text=f"Good tea, signed {CANARY.title()} Shown",
            written_at=NOON,
        )


def canaries() -> list[str]:
    """Every column of words, anywhere in the database, in which the bird still sings."""
    found = []
    with connections[OWNER].cursor() as cursor:
        cursor.execute(
            """
            select table_name, column_name from information_schema.columns
            where table_schema = 'public' and data_type in
              ('text', 'character varying', 'character', 'json', 'jsonb', 'inet', 'tsvector', 'ARRAY', 'bytea')
            """
        )
        for table, name in cursor.fetchall():
            column = f'"{name}"'
            how = f"encode({column}, 'escape')" if name == "archive" else f"{column}::text"
            cursor.execute(f"select count(*) from {table} where {how} ilike %s", [f"%{CANARY}%"])
            if cursor.fetchone()[0]:
                found.append(f"{table}.{name}")
    return sorted(found)


def books() -> list[tuple[int, int]]:
    with tenancy.as_alliance():
        return list(LedgerEntry.objects.order_by("pk").values_list("account_id", "amount"))


def broken() -> list[str]:
    return [finding.invariant.name for finding in invariants.check() if not finding.holds]


def test_after_erasure_no_word_of_the_person_is_left_and_the_books_stand() -> None:
    user, shop = a_full_life()
    before, books_before, faults_before = canaries(), books(), broken()
    assert {
        "accounts_user.email",
        "accounts_address.street",
        "orders_ordergroup.recipient",
        "reviews_review.text",
        "behaviour_behaviourevent.words",
        "accounts_rolechange.person",
        "orders_orderstatuschange.actor",
        "django_admin_log.object_repr",
        "socialaccount_socialaccount.uid",
        "accounts_apitoken.name",
    } <= set(before)

    privacy.erase_person(user_id=user.pk, now=NOON)

    assert canaries() == []
    assert books() == books_before
    assert broken() == faults_before
    with tenancy.as_alliance():
        assert OrderLine.objects.filter(buyer=user).count() == 1
        review = Review.objects.get(author=user)
        assert (review.stars, review.text) == (5, "Good tea, signed …")
    assert str(User.objects.get(pk=user.pk)) == f"erased-{user.pk}"
    assert Erasure.objects.get().person_id == user.pk
    told = OutboxEvent.objects.get(kind="PersonErased")
    assert (told.payload["user_id"], told.platform_id) == (user.pk, shop.platform.pk)


def test_who_is_forgotten_is_out_everywhere() -> None:
    user, _ = a_full_life()
    token = services.issue_token(user=user, name="job", now=NOON)
    phone, desk = sign_in(user.email), sign_in(user.email)
    reauthenticate(desk)

    desk.post("/account/privacy/erase/", {"sure": "on"})

    assert not is_signed_in(desk)
    assert phone.get("/account/").status_code == 302
    assert Client().get("/api/v1/users/me", HTTP_AUTHORIZATION=f"Bearer {token}").status_code == 401
    assert not is_signed_in(sign_in(f"{CANARY}@example.org"))
    assert not ApiToken.objects.exists()


def test_erasing_asks_for_the_password_and_for_meaning_it() -> None:
    user, _ = a_full_life()
    browser = sign_in(user.email)

    assert "reauthenticate" in browser.post("/account/privacy/erase/", {"sure": "on"}).headers["Location"]
    reauthenticate(browser)
    assert browser.post("/account/privacy/erase/", {}).status_code == 422

    assert User.objects.get(pk=user.pk).is_active


def test_the_seal_holds_for_everybody_else() -> None:
    """What erasure may write over, nobody else may: not even with the word that erasure uses."""
    a_full_life()
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("select set_config('hansa.erasing', 'yes', true)")
        with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
            RoleChange.objects.update(person="nobody")
    with pytest.raises(DatabaseError, match="append-only"), connections[OWNER].cursor() as cursor:
        cursor.execute("update accounts_rolechange set person = 'nobody'")

    assert RoleChange.objects.filter(person="nobody").count() == 0


def test_who_works_here_is_not_forgotten_before_the_work_is_handed_on() -> None:
    user, shop = a_full_life()
    Membership.objects.create(user=user, role="merchant", merchant_id=shop.merchant.pk)

    with pytest.raises(RolesHeld):
        privacy.erase_person(user_id=user.pk, now=NOON)

    assert User.objects.get(pk=user.pk).email == f"{CANARY}@example.org"


def test_a_parcel_under_way_keeps_its_address() -> None:
    user, shop = a_full_life()
    shop.buy(actor_of(user), [("tea", 1)])

    with pytest.raises(PurchasesUnderWay):
        privacy.erase_person(user_id=user.pk, now=NOON)

    assert Address.objects.filter(user=user).exists()


def test_the_copy_holds_everything_and_is_made_by_the_worker() -> None:
    user, _ = a_full_life()
    other = User.objects.create_user("cy", email="cy@example.org", password=PASSWORD)

    export = privacy.request_export(user_id=user.pk, now=NOON)
    again = privacy.request_export(user_id=user.pk, now=NOON)
    with pytest.raises(ExportGone):
        selectors.get_archive(user_id=user.pk, token=export.token, now=NOON)
    outbox.drain(SUBSCRIPTIONS)

    export.refresh_from_db()
    assert again.pk == export.pk
    archive = selectors.get_archive(user_id=user.pk, token=export.token, now=NOON)
    with zipfile.ZipFile(io.BytesIO(archive)) as packed:
        tables = json.loads(packed.read("my-data.json"))["tables"]
        page = packed.read("my-data.html").decode()
    assert tables["accounts.User: Account"][0]["email"] == f"{CANARY}@example.org"
    assert tables["accounts.Address: Address book"][0]["street"] == f"{CANARY} street"
    assert tables["orders.OrderLine: Goods bought"][0]["quantity"] == 2
    assert tables["orders.OrderGroup: Purchases"][0]["grand_total"] >= 1000
    assert "<h2>Address book</h2>" in page
    assert f"{CANARY} street" in page
    assert "password" not in page.lower()
    with pytest.raises(ExportGone):
        selectors.get_archive(user_id=other.pk, token=export.token, now=NOON)


def test_the_link_runs_out_and_so_does_the_copy() -> None:
    user, _ = a_full_life()
    export = privacy.request_export(user_id=user.pk, now=NOON)
    privacy.make_export(export_id=export.pk, now=NOON)
    late = NOON + privacy.KEPT_FOR + timedelta(seconds=1)

    with pytest.raises(ExportGone):
        selectors.get_archive(user_id=user.pk, token=export.token, now=late)
    assert privacy.drop_old_exports(now=late) == 1

    assert not Export.objects.exists()


def test_every_decision_is_kept_and_the_last_one_counts() -> None:
    trave, alster = a_platform(), a_platform("alster")
    user = User.objects.create_user("alia", home_platform=trave)
    share = {"user_id": user.pk, "purpose": consents.SHARING, "member_id": alster.pk, "now": NOON}

    changed = [consents.decide(agrees=agrees, **share) for agrees in (True, True, False)]  # type: ignore[arg-type]  # by name

    question = consents.Question(consents.SHARING, alster.pk)
    assert changed == [True, False, True]
    assert consents.allows(user, question) is False
    assert [row.agrees for row in consents.history_of(user.pk)] == [False, True]
    assert consents.allows(user, consents.Question(consents.MARKETING_MAIL)) is False


def test_consents_and_addresses_are_changed_on_their_pages() -> None:
    trave, alster = a_platform(), a_platform("alster")
    user = User.objects.create_user("alia", password=PASSWORD, home_platform=trave)
    browser = sign_in("alia")
    written = {
        "recipient": "Alia",
        "street": "Mengstrasse 4",
        "postal_code": "23552",
        "city": "Lübeck",
        "country": "DE",
    }

    browser.post("/account/consents/", {f"sharing-{alster.pk}": "on"})
    browser.post("/account/addresses/", written)
    address = Address.objects.get(user=user)
    browser.post(f"/account/addresses/{address.pk}/", {**written, "street": "Breite Strasse 1"})

    user.refresh_from_db()
    assert user.consents_to_personalisation is False
    assert consents.allows(user, consents.Question(consents.SHARING, alster.pk))
    assert Address.objects.get(user=user).street == "Breite Strasse 1"
    stranger = User.objects.create_user("cy", password=PASSWORD)
    assert sign_in(stranger.username).post(f"/account/addresses/{address.pk}/remove/").status_code == 404
    browser.post(f"/account/addresses/{address.pk}/remove/")
    assert not Address.objects.exists()
    for page in ("", "addresses/", "consents/", "privacy/", "second-factor/"):
        assert browser.get(f"/account/{page}").status_code == 200, page


def test_every_table_with_words_stands_in_the_register() -> None:
    """A table nobody decided about: add it to HOLDINGS or IMPERSONAL of hansa.commerce.privacy.register."""
    wordy = (
        models.CharField,
        models.TextField,
        models.JSONField,
        models.GenericIPAddressField,
        models.BinaryField,
    )
    decided = {holding.model for holding in register.HOLDINGS} | set(register.IMPERSONAL)

    undecided = [
        model._meta.label
        for model in apps.get_models()
        if model._meta.label not in decided | {"privacy.Erasure"}
        and any(
            isinstance(field, wordy) or (field.is_relation and field.related_model is User)
            for field in model._meta.concrete_fields
        )
    ]

    assert undecided == []
