"""Keys of a desk: what each scope opens, what narrows them, and how they end."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client

from hansa.commerce.accounts import keys, services
from hansa.commerce.accounts.access import OFFERED, Audience, Scope
from hansa.commerce.accounts.models import ApiToken, Membership
from hansa.commerce.accounts.policy import Held, Role
from hansa.config.access import ACCESS
from hansa.foundation import rate_limits
from hansa.kernel.errors import Forbidden, InvalidInput, NotFound
from tests.factories import Shop, a_merchant, a_platform, a_shopper, an_operator, user_of
from tests.integration.api.test_api import Caller, the_shop

pytestmark = pytest.mark.usefixtures("database")
NOW = datetime.now(UTC)
DAY = timedelta(days=1)


def merchants(shop: Shop) -> Held:
    return Held(Role.MERCHANT, None, shop.merchant.pk)


def a_key(shop: Shop, *scopes: str, networks: tuple[str, ...] = (), now: datetime = NOW) -> keys.MadeKey:
    wish = keys.Wish("cash register", scopes, now + 30 * DAY, networks)
    return keys.make_key(actor=shop.owner, desk=merchants(shop), wish=wish, now=now, has_second_factor=False)


def with_key(secret: str) -> Caller:
    caller = Caller(None)
    caller.headers["Authorization"] = f"Bearer {secret}"
    return caller


def test_every_operation_asks_a_narrowed_key_for_its_own_scope_and_no_other() -> None:
    shop = the_shop()
    person = user_of(shop.owner)
    tokens = {
        scope: services.issue_token(user=person, name=scope, now=NOW, scopes=[scope]) for scope in Scope
    }

    def code(method: str, path: str, token: str) -> Any:
        rate_limits.forget()
        status, answer = with_key(token).send(method, path, {})
        return answer.get("code") if status == 403 and isinstance(answer, dict) else status

    for key, declared in ACCESS.items():
        if declared.is_open:
            continue
        method, path = key.split(" ")
        path = re.sub(r"\{\w+\}", "1", path).lstrip("/")
        other = Scope.REVIEWS_READ if declared.scope is not Scope.REVIEWS_READ else Scope.STOCK_READ
        assert code(method, path, tokens[other]) == "scope_missing", key
        if declared.scope is not None:
            assert code(method, path, tokens[declared.scope]) != "scope_missing", key


def test_every_scope_of_a_desk_is_asked_for_by_an_operation_of_its_audience_and_the_other_way_round() -> None:
    for role, audience in ((Role.MERCHANT, Audience.MERCHANT), (Role.OPERATOR, Audience.ADMIN)):
        asked = {each.scope for each in ACCESS.values() if each.audience is audience and each.scope}
        assert asked - set(OFFERED[role]) == set(), "a key of the desk could never be narrowed to it"


def test_no_scope_of_a_desk_lets_its_key_speak_as_the_shopper_that_its_maker_is() -> None:
    written_as_shopper = {
        (key, each.scope)
        for key, each in ACCESS.items()
        if each.audience is Audience.STORE and not key.startswith("GET ") and each.scope is not None
    }

    for role, offered in OFFERED.items():
        assert {key for key, scope in written_as_shopper if scope in offered} == set(), role


def test_a_key_is_shown_once_and_kept_as_its_digest() -> None:
    shop = the_shop()

    made = a_key(shop, "products:write")

    kept = ApiToken.objects.get(pk=made.key.pk)
    assert made.secret not in str(vars(kept))
    assert kept.digest == services.digest_of(made.secret)
    assert made.secret.startswith(kept.prefix)
    assert len(kept.prefix) == 12


def test_a_key_changes_the_price_of_its_own_merchants_good_only() -> None:
    shop = the_shop()
    caller = with_key(a_key(shop, "products:write").secret)
    price = {"price": {"amount": 700, "currency": "EUR"}}

    assert caller.send("PATCH", f"products/{shop.listings['tea'].pk}?platform=trave", price)[0] == 200
    assert caller.get("users/me")[1]["code"] == "scope_missing"
    assert caller.send("POST", f"merchants/{shop.merchant.pk}/keys/", {})[1]["code"] == "scope_missing"


def test_a_key_for_one_merchant_does_not_serve_the_other_one_of_its_maker() -> None:
    shop = the_shop()
    other, _ = a_merchant(shop.platform, "cy")
    Membership.objects.create(user=user_of(shop.owner), role="merchant", merchant_id=other.pk)
    caller = with_key(a_key(shop, "planning:read").secret)

    assert caller.get(f"merchants/{shop.merchant.pk}/proposals/?platform=trave")[0] == 200
    assert caller.get(f"merchants/{other.pk}/proposals/?platform=trave")[0] == 403


def test_a_key_opens_nothing_once_its_maker_has_lost_the_role() -> None:
    shop = the_shop()
    caller = with_key(a_key(shop, "planning:read").secret)

    Membership.objects.filter(user=user_of(shop.owner)).delete()

    assert caller.get(f"merchants/{shop.merchant.pk}/proposals/?platform=trave")[0] == 403


def test_a_key_ends_with_its_time_and_when_it_is_revoked() -> None:
    shop = the_shop()
    old = a_key(shop, "planning:read", now=NOW - 31 * DAY)
    new = a_key(shop, "planning:read")
    path = f"merchants/{shop.merchant.pk}/proposals/?platform=trave"
    assert with_key(old.secret).get(path)[0] == 401
    assert with_key(new.secret).get(path)[0] == 200

    for _ in range(2):
        keys.revoke_key(actor=shop.owner, desk=merchants(shop), key_id=new.key.pk, now=NOW)

    assert with_key(new.secret).get(path)[0] == 401


def test_a_key_for_other_networks_is_refused_here() -> None:
    shop = the_shop()
    far = a_key(shop, "planning:read", networks=("192.0.2.0/24",))
    near = a_key(shop, "planning:read", networks=("192.0.2.0/24", "127.0.0.0/8"))
    path = f"merchants/{shop.merchant.pk}/proposals/?platform=trave"

    status, answer = with_key(far.secret).get(path)

    assert (status, answer["code"]) == (403, "key_not_from_here")
    assert with_key(near.secret).get(path)[0] == 200
    assert ApiToken.objects.get(pk=far.key.pk).last_used_at is None
    assert ApiToken.objects.get(pk=near.key.pk).last_used_at is not None


@pytest.mark.parametrize(
    ("wish", "word"),
    [
        (keys.Wish("x", ["users:read"], NOW + DAY), "users:read"),
        (keys.Wish("x", [], NOW + DAY), "none"),
        (keys.Wish("x", ["everything"], NOW + DAY), "everything"),
        (keys.Wish("", ["stock:read"], NOW + DAY), "60"),
        (keys.Wish("x", ["stock:read"], NOW - DAY), "366"),
        (keys.Wish("x", ["stock:read"], NOW + 367 * DAY), "366"),
        (keys.Wish("x", ["stock:read"], NOW + DAY, ["here"]), "here"),
    ],
)
def test_a_wish_that_cannot_be_is_refused_and_makes_nothing(wish: keys.Wish, word: str) -> None:
    shop = the_shop()

    with pytest.raises(InvalidInput, match=word):
        keys.make_key(actor=shop.owner, desk=merchants(shop), wish=wish, now=NOW, has_second_factor=False)

    assert ApiToken.objects.count() == 0


def test_nobody_makes_or_revokes_keys_of_a_desk_that_they_do_not_run() -> None:
    shop = the_shop()
    alia, olaf = a_shopper(), an_operator(shop)
    a_platform("gotland")
    made = a_key(shop, "stock:read")
    wish = keys.Wish("x", ["stock:read"], NOW + DAY)

    for stranger in (alia, olaf):
        with pytest.raises(Forbidden):
            keys.make_key(actor=stranger, desk=merchants(shop), wish=wish, now=NOW, has_second_factor=False)
        with pytest.raises(Forbidden):
            keys.revoke_key(actor=stranger, desk=merchants(shop), key_id=made.key.pk, now=NOW)
    with pytest.raises(NotFound):
        keys.revoke_key(
            actor=olaf, desk=Held(Role.OPERATOR, shop.platform.pk, None), key_id=made.key.pk, now=NOW
        )

    assert [each.revoked_at for each in ApiToken.objects.all()] == [None]


def test_the_database_keeps_no_key_of_a_desk_without_scopes_and_end() -> None:
    shop = the_shop()
    made = a_key(shop, "stock:read")

    with pytest.raises(IntegrityError), transaction.atomic():
        ApiToken.objects.filter(pk=made.key.pk).update(scopes=None)


def test_keys_are_made_and_revoked_over_the_api_by_who_is_not_narrowed() -> None:
    shop = the_shop()
    owner = Caller(shop.owner)
    path = f"merchants/{shop.merchant.pk}/keys/"

    status, made = owner.send("POST", path, {"name": "register", "scopes": ["stock:read"]})
    listed = owner.get(path)[1]["items"]
    revoked = owner.send("DELETE", f"{path}{made['key']['id']}", {})[1]

    assert status == 201
    assert with_key(made["secret"]).get("users/me")[0] == 401
    assert [each["prefix"] for each in listed] == [made["secret"][:12]]
    assert "secret" not in listed[0]
    assert revoked["revoked_at"] is not None
    assert Caller(a_shopper()).get(path)[0] == 403


def test_the_desk_shows_a_new_key_once_and_revokes_it() -> None:
    shop = the_shop()
    browser = Client()
    browser.force_login(user_of(shop.owner))
    page = f"/desk/merchant/trave/{shop.merchant.pk}/keys/"

    nothing = browser.post(page, {"name": "register", "days": "30"})
    made = browser.post(page, {"name": "register", "days": "30", "scopes": ["stock:read"]}).content.decode()
    secret = re.search(r"data-secret>(hansa_[\w-]+)<", made)
    later = browser.get(page).content.decode()
    key = ApiToken.objects.get()
    browser.post(page, {"revoke": str(key.pk)})

    assert nothing.status_code == 422
    assert secret is not None
    assert key.digest == services.digest_of(secret[1])
    assert key.prefix in later
    assert secret[1] not in later
    assert ApiToken.objects.get().revoked_at is not None


def test_the_operators_desk_makes_keys_of_the_platform() -> None:
    shop = the_shop()
    browser = Client()
    browser.force_login(user_of(an_operator(shop)))

    made = browser.post(
        "/desk/operator/trave/keys/", {"name": "export", "days": "90", "scopes": ["users:read"]}
    ).content.decode()

    secret = re.search(r"data-secret>(hansa_[\w-]+)<", made)
    assert secret is not None
    assert with_key(secret[1]).get("users/?platform=trave")[0] == 200
    assert with_key(secret[1]).get("keys/?platform=trave")[1]["code"] == "scope_missing"
