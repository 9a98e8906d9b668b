"""Giving and taking roles at the operator's and the merchant's desk: own platform, own merchant, and what is refused."""

from __future__ import annotations

import re

import pytest
from django.core import mail
from django.test import Client

from hansa.commerce.accounts import selectors, services
from hansa.commerce.accounts.models import Invitation, Membership, RoleChange, User
from hansa.commerce.accounts.policy import SYSTEM, Held
from hansa.commerce.accounts.policy import Role as Kind
from hansa.commerce.merchants.models import Store
from hansa.config.subscriptions import SUBSCRIPTIONS
from hansa.foundation import outbox, tenancy
from tests.factories import NOON, Shop, a_merchant, a_person, a_platform, a_shop
from tests.integration.accounts.people import an_account, link_in_last_mail
from tests.integration.web.desks import Role, Visitor, a_worker, row, somebody, words

pytestmark = pytest.mark.usefixtures("database")

PEOPLE = "/desk/operator/trave/people/"
TAKE = PEOPLE + "take/"


def a_tea_shop() -> Shop:
    return a_shop(stock={}, prices={})


def an_operator(shop: Shop) -> Visitor:
    return a_worker(Role.OPERATOR, shop.platform, name="olaf")


def at_desk(shop: Shop) -> Visitor:
    return somebody(User.objects.get(pk=shop.owner.user_id))


def team_of(shop: Shop) -> str:
    return f"/desk/merchant/{shop.platform.code}/{shop.merchant.pk}/team/"


def roles_of(name: str) -> list[tuple[str, int | None, int | None]]:
    held = Membership.objects.filter(user__username=name).order_by("pk")
    return list(held.values_list("role", "platform_id", "merchant_id"))


def test_the_operator_gives_a_role_and_sees_it_with_who_gave_it() -> None:
    shop = a_tea_shop()
    olaf = an_operator(shop)
    a_worker(Role.DISPATCHER, shop.platform, name="ida")
    User.objects.filter(username="ida").update(email="ida@example.com")

    answer = olaf.post(PEOPLE, person="IDA@example.com", role="operator", merchant="")

    assert answer.headers["Location"] == PEOPLE
    assert roles_of("ida") == [("dispatcher", shop.platform.pk, None), ("operator", shop.platform.pk, None)]
    page = olaf.get(PEOPLE)
    assert (
        row(page.content.decode(), 'data-role="operator" data-person="ida"') == "Ida ida operator – Take away"
    )
    assert re.search(r"Every change .* ida operator given Olaf ", words(page))
    assert "The role is given." in words(page)


@pytest.mark.parametrize("typed", ["ida", "ida@example.org"])
def test_who_does_not_work_here_is_asked_first_and_has_the_role_once_they_say_yes(typed: str) -> None:
    shop = a_tea_shop()
    olaf = an_operator(shop)
    ida = somebody(an_account("ida"))

    answer = olaf.post(PEOPLE, person=typed, role="operator", merchant="")

    assert answer.headers["Location"] == PEOPLE
    said = olaf.reads(PEOPLE)
    assert "The invitation is on its way." in said
    assert "ida@example.org operator" in said
    assert (roles_of("ida"), RoleChange.objects.count()) == ([], 0)
    assert ida.get("/desk/operator/trave/").status_code == 403
    outbox.drain(SUBSCRIPTIONS)
    ida.post(link_in_last_mail())
    assert roles_of("ida") == [("operator", shop.platform.pk, None)]
    assert "ida@example.org" not in olaf.reads(PEOPLE)


def test_a_stranger_without_an_account_is_invited_and_the_invitation_is_taken_back() -> None:
    shop = a_tea_shop()
    olaf = an_operator(shop)
    mail.outbox.clear()
    olaf.post(PEOPLE, person="new@example.org", role="dispatcher", merchant="")
    offer = Invitation.objects.get()
    anna = a_worker(Role.OPERATOR, a_platform("alster"), name="anna")

    shut = anna.post("/desk/operator/alster/people/withdraw/", invitation=str(offer.pk)).status_code
    assert (shut, "new@example.org" in anna.reads("/desk/operator/alster/people/")) == (403, False)
    olaf.post(PEOPLE + "withdraw/", invitation=str(offer.pk))

    assert "new@example.org" not in olaf.reads(PEOPLE)
    outbox.drain(SUBSCRIPTIONS)
    assert mail.outbox == []


def test_the_api_asks_strangers_too_and_refuses_who_cannot_be_asked() -> None:
    shop = a_tea_shop()
    an_operator(shop)
    key = services.issue_token(user=User.objects.get(username="olaf"), name="desk", now=NOON)
    ida, silent = an_account("ida"), a_person("silent")
    call = {"HTTP_AUTHORIZATION": f"Bearer {key}"}

    asked = Client().put(f"/api/v1/roles/operator/{ida.pk}?platform=trave", **call)
    refused = Client().put(f"/api/v1/roles/operator/{silent.pk}?platform=trave", **call)

    assert (asked.status_code, asked.json()) == (200, {"changed": False, "is_offered": True})
    assert (refused.status_code, roles_of("ida"), roles_of("silent")) == (409, [], [])
    assert list(Invitation.objects.values_list("email", flat=True)) == ["ida@example.org"]


def test_giving_it_again_changes_nothing() -> None:
    shop = a_tea_shop()
    olaf = an_operator(shop)
    a_worker(Role.DISPATCHER, shop.platform, name="ida")

    for _ in range(2):
        olaf.post(PEOPLE, person="ida", role="operator", merchant="")

    assert "That was so already; nothing has changed." in olaf.reads(PEOPLE)
    assert RoleChange.objects.count() == 1


def test_the_operator_gives_the_role_of_a_merchant_by_its_name() -> None:
    shop = a_tea_shop()
    olaf = an_operator(shop)
    clerk = Held(Kind.CLERK, None, shop.merchant.pk)
    services.grant_role(actor=SYSTEM, user_id=a_person("ida").pk, role=clerk, now=NOON)

    olaf.post(PEOPLE, person="ida", role="merchant", merchant="bO")

    assert roles_of("ida") == [("clerk", None, shop.merchant.pk), ("merchant", None, shop.merchant.pk)]
    page = olaf.get(PEOPLE).content.decode()
    assert row(page, 'data-role="merchant" data-person="ida"').startswith(
        "Ida ida owner of a merchant's desk Bo"
    )
    assert '<option value="Bo">' in page


@pytest.mark.parametrize(
    ("form", "status", "said"),
    [
        ({"person": "nobody", "role": "operator"}, 404, "Nobody has the user name or e-mail 'nobody'."),
        ({"person": "", "role": "operator"}, 422, "This field is required."),
        ({"person": "ida", "role": ""}, 422, "This field is required."),
        (
            {"person": "ida", "role": "operator", "merchant": "Bo"},
            422,
            "This role is not for a merchant: leave this empty.",
        ),
        ({"person": "ida", "role": "steward"}, 422, "Select a valid choice."),
        ({"person": "ida", "role": "merchant"}, 422, "Please say for which merchant."),
        (
            {"person": "ida", "role": "merchant", "merchant": "cy"},
            422,
            "No merchant of this name is at home here.",
        ),
        (
            {"person": "ida", "role": "operator"},
            409,
            "This person has no proven e-mail address to send an invitation to.",
        ),
        ({"person": "gone", "role": "operator"}, 409, "This person cannot sign in; let them in again first."),
    ],
)
def test_what_cannot_be_given_is_said_and_what_was_typed_stays(
    form: dict[str, str], status: int, said: str
) -> None:
    shop = a_tea_shop()
    olaf = an_operator(shop)
    a_merchant(a_platform("alster"), "cy")
    a_person("ida")
    User.objects.filter(pk=a_person("gone").pk).update(is_active=False)
    before = Membership.objects.count()

    answer = olaf.post(PEOPLE, **form)

    assert (answer.status_code, said in words(answer)) == (status, True)
    assert not form["person"] or f'value="{form["person"]}"' in answer.content.decode()
    assert (Membership.objects.count(), RoleChange.objects.count()) == (before, 0)


def test_the_operator_takes_a_role_away() -> None:
    shop = a_tea_shop()
    olaf = an_operator(shop)
    a_worker(Role.DISPATCHER, shop.platform, name="dag")
    dag = User.objects.get(username="dag")

    answer = olaf.post(TAKE, user=str(dag.pk), role="dispatcher")

    assert answer.headers["Location"] == PEOPLE
    assert roles_of("dag") == []
    assert re.search(r"dag dispatcher taken away Olaf ", olaf.reads(PEOPLE))


def test_the_last_operator_stays_and_is_told_why() -> None:
    shop = a_tea_shop()
    olaf = an_operator(shop)
    user = User.objects.get(username="olaf")

    answer = olaf.post(TAKE, user=str(user.pk), role="operator")

    assert answer.status_code == 409
    assert "Olaf is the last operator here; give the role to somebody else first." in words(answer)
    assert roles_of("olaf") == [("operator", shop.platform.pk, None)]


def test_an_operator_who_takes_the_own_role_leaves_the_desk() -> None:
    shop = a_tea_shop()
    olaf = an_operator(shop)
    a_worker(Role.OPERATOR, shop.platform, name="anna")
    user = User.objects.get(username="olaf")

    answer = olaf.post(TAKE, user=str(user.pk), role="operator")

    assert answer.headers["Location"] == "/"
    assert olaf.get(PEOPLE).status_code == 403


@pytest.mark.parametrize(
    "form",
    [{}, {"user": "x", "role": "operator"}, {"user": "1", "role": "king"}, {"user": "1", "role": "merchant"}],
)
def test_a_button_that_is_not_ours_is_refused(form: dict[str, str]) -> None:
    assert an_operator(a_tea_shop()).post(TAKE, **form).status_code == 422


def test_an_operator_neither_makes_nor_unmakes_a_steward() -> None:
    shop = a_tea_shop()
    olaf = an_operator(shop)
    for name in ("sigrid", "signe"):
        a_worker(Role.STEWARD, name=name)
    sigrid = User.objects.get(username="sigrid")

    answer = olaf.post(TAKE, user=str(sigrid.pk), role="steward")

    assert answer.status_code == 403
    assert roles_of("sigrid") == [("steward", None, None)]


def test_an_operator_sees_and_changes_the_own_platform_alone() -> None:
    shop = a_tea_shop()
    other = a_shop(stock={}, prices={}, code="alster", merchant_name="cy")
    olaf, anna = an_operator(shop), a_worker(Role.OPERATOR, other.platform, name="anna")
    user = User.objects.get(username="anna")

    page = olaf.reads(PEOPLE)
    shut = [
        anna.get(PEOPLE).status_code,
        anna.post(PEOPLE, person="anna", role="operator").status_code,
        anna.post(TAKE, user=str(user.pk), role="operator").status_code,
        anna.get("/desk/operator/nowhere/people/").status_code,
    ]
    olaf.post(TAKE, user=str(user.pk), role="operator")
    olaf.post(TAKE, user=str(other.owner.user_id), role="merchant", merchant=str(other.merchant.pk))

    assert ("bo-owner" in page, "anna" in page, "cy-owner" in page) == (True, False, False)
    assert shut == [403, 403, 403, 404]
    assert roles_of("anna") == [("operator", other.platform.pk, None)]
    assert roles_of("cy-owner") == [("merchant", None, other.merchant.pk)]
    assert RoleChange.objects.count() == 0


def test_people_of_a_merchant_from_elsewhere_are_shown_and_left_alone() -> None:
    shop = a_tea_shop()
    other = a_shop(stock={}, prices={}, code="alster", merchant_name="cy")
    with tenancy.as_platform(shop.platform.pk):
        Store.objects.create(platform=shop.platform, merchant=other.merchant)
    olaf = an_operator(shop)

    page = olaf.get(PEOPLE).content.decode()
    answer = olaf.post(TAKE, user=str(other.owner.user_id), role="merchant", merchant=str(other.merchant.pk))

    expected = "Cy-Owner cy-owner owner of a merchant's desk Cy at home on another platform"
    assert row(page, 'data-person="cy-owner"') == expected
    assert answer.status_code == 403
    assert "at home on another platform: its own people" in words(answer)
    assert roles_of("cy-owner") == [("merchant", None, other.merchant.pk)]


def test_visitors_and_other_roles_do_not_come_in() -> None:
    shop = a_tea_shop()
    dag = a_worker(Role.DISPATCHER, shop.platform)

    assert somebody().get(PEOPLE).status_code == 302
    assert [dag.get(PEOPLE).status_code, dag.post(PEOPLE, person="x", role="operator").status_code] == [
        403,
        403,
    ]
    assert at_desk(shop).get(PEOPLE).status_code == 403
    assert a_worker(Role.STEWARD).get(PEOPLE).status_code == 403


def test_a_longer_list_takes_no_more_queries() -> None:
    shop = a_tea_shop()
    olaf = an_operator(shop)
    role = Held(Kind.MERCHANT, None, shop.merchant.pk)
    services.grant_role(actor=SYSTEM, user_id=a_person("ida").pk, role=role, now=NOON)
    few = olaf.queries(PEOPLE)
    for number in range(12):
        services.grant_role(actor=SYSTEM, user_id=a_person(f"ida-{number}").pk, role=role, now=NOON)

    assert olaf.queries(PEOPLE) == few
    assert "the command line" in olaf.reads(PEOPLE)


def test_the_team_lets_somebody_in_and_out() -> None:
    shop = a_tea_shop()
    bo = at_desk(shop)
    ida = a_person("ida")

    bo.post(team_of(shop), person="ida")
    page = bo.get(team_of(shop)).content.decode()
    bo.post(team_of(shop) + "leave/", user=str(ida.pk), role="clerk")

    assert row(page, 'data-person="ida"') == "Ida ida works at a merchant's desk Make owner Remove"
    assert (
        row(page, 'data-person="bo-owner"')
        == "Bo-Owner (you) bo-owner owner of a merchant's desk No longer owner Leave the team"
    )
    assert selectors.actor_of(ida).roles == frozenset()
    assert [(each.person, each.is_given) for each in RoleChange.objects.order_by("pk")] == [
        ("ida", True),
        ("ida", False),
    ]


def test_who_leaves_the_team_loses_the_desk() -> None:
    shop = a_tea_shop()
    bo = at_desk(shop)
    assert bo.post(team_of(shop) + "leave/", user=str(shop.owner.user_id)).status_code == 409
    bo.post(team_of(shop), person=a_person("ida").username, role="merchant")

    answer = bo.post(team_of(shop) + "leave/", user=str(shop.owner.user_id))

    assert answer.headers["Location"] == "/"
    assert bo.get(team_of(shop)).status_code == 403


def test_the_team_of_another_merchant_is_shut() -> None:
    shop = a_tea_shop()
    other = a_shop(stock={}, prices={}, code="alster", merchant_name="cy")
    bo = at_desk(shop)

    shut = [
        bo.get(team_of(other)).status_code,
        bo.post(team_of(other), person="bo-owner").status_code,
        bo.post(team_of(other) + "leave/", user=str(other.owner.user_id)).status_code,
        an_operator(shop).get(team_of(shop)).status_code,
        bo.get(f"/desk/merchant/alster/{shop.merchant.pk}/team/").status_code,
    ]

    assert shut == [403, 403, 403, 403, 404]
    assert roles_of("cy-owner") == [("merchant", None, other.merchant.pk)]


@pytest.mark.parametrize(("person", "status"), [("nobody", 404), ("", 422)])
def test_nobody_unknown_joins_the_team(person: str, status: int) -> None:
    shop = a_tea_shop()

    answer = at_desk(shop).post(team_of(shop), person=person)

    assert answer.status_code == status
    assert RoleChange.objects.count() == 0
