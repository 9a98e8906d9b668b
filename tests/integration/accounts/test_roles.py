"""Giving and taking roles: who may, what is refused, that the last one stays, and the trail it leaves."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from django.db import DatabaseError, connections, transaction

from hansa.commerce.accounts import selectors, services
from hansa.commerce.accounts.errors import (
    LastOfTheirRole,
    MerchantNotAtHome,
    PersonInactive,
    PersonNotUnique,
    PersonUnknown,
    RoleMisplaced,
)
from hansa.commerce.accounts.models import Membership, Platform, RoleChange, User
from hansa.commerce.accounts.policy import SYSTEM, Actor, Held, Role
from hansa.commerce.merchants import selectors as merchants
from hansa.commerce.merchants.models import Store
from hansa.foundation import tenancy
from hansa.foundation.database_roles import OWNER
from hansa.kernel.errors import Forbidden, InvalidInput, NotFound
from tests.factories import NOON, a_merchant, a_person, a_platform, a_shopper

pytestmark = pytest.mark.usefixtures("database")
STEWARD = Held(Role.STEWARD, None, None)


def operator_of(platform: Platform) -> Held:
    return Held(Role.OPERATOR, platform.pk, None)


def dispatcher_of(platform: Platform) -> Held:
    return Held(Role.DISPATCHER, platform.pk, None)


def working_for(merchant_id: int) -> Held:
    return Held(Role.MERCHANT, None, merchant_id)


def somebody_with(role: Held, name: str) -> Actor:
    user = a_person(name)
    services.grant_role(actor=SYSTEM, user_id=user.pk, role=role, now=NOON)
    return selectors.actor_of(user)


def give(actor: Actor, user: User, role: Held) -> bool:
    return services.grant_role(actor=actor, user_id=user.pk, role=role, now=NOON)


def take(actor: Actor, user_id: int | None, role: Held) -> bool:
    return services.revoke_role(actor=actor, user_id=user_id or 0, role=role, now=NOON)


def roles_of(user: User) -> set[Held]:
    return set(selectors.actor_of(user).roles)


def trail() -> list[tuple[Any, ...]]:
    return list(
        RoleChange.objects.order_by("pk").values_list(
            "actor", "person", "role", "platform_id", "merchant_id", "is_given"
        )
    )


def test_an_operator_gives_and_takes_the_roles_of_the_own_platform_and_every_change_is_logged() -> None:
    trave = a_platform()
    olaf, dag = somebody_with(operator_of(trave), "olaf"), a_person("dag")

    given = give(olaf, dag, dispatcher_of(trave)), give(olaf, dag, operator_of(trave))
    taken = take(olaf, dag.pk, dispatcher_of(trave))

    assert (given, taken) == ((True, True), True)
    assert roles_of(dag) == {operator_of(trave)}
    assert trail() == [
        ("system", "olaf", "operator", trave.pk, None, True),
        ("Olaf", "dag", "dispatcher", trave.pk, None, True),
        ("Olaf", "dag", "operator", trave.pk, None, True),
        ("Olaf", "dag", "dispatcher", trave.pk, None, False),
    ]
    last = RoleChange.objects.latest("pk")
    assert (last.actor_id, last.person_id, last.at) == (olaf.user_id, dag.pk, NOON)


def test_the_same_again_changes_and_logs_nothing() -> None:
    trave = a_platform()
    olaf, dag = somebody_with(operator_of(trave), "olaf"), a_person("dag")

    given = [give(olaf, dag, dispatcher_of(trave)) for _ in range(2)]
    taken = [take(olaf, dag.pk, dispatcher_of(trave)) for _ in range(2)]

    assert (given, taken) == ([True, False], [True, False])
    assert [(row[1], row[5]) for row in trail()[1:]] == [("dag", True), ("dag", False)]


def test_who_works_for_a_merchant_gives_and_takes_its_role() -> None:
    merchant, owner = a_merchant(a_platform())
    ida = a_person("ida")

    give(owner, ida, working_for(merchant.pk))
    assert roles_of(ida) == {working_for(merchant.pk)}

    take(owner, ida.pk, working_for(merchant.pk))
    assert roles_of(ida) == set()


def test_an_operator_gives_the_role_of_a_merchant_at_home_there() -> None:
    trave = a_platform()
    merchant, _ = a_merchant(trave)
    olaf, ida = somebody_with(operator_of(trave), "olaf"), a_person("ida")

    give(olaf, ida, working_for(merchant.pk))

    assert working_for(merchant.pk) in roles_of(ida)
    assert selectors.merchants_at_home(trave.pk) == {merchant.pk: "Bo"}


def test_a_store_alone_gives_the_operator_no_say_over_a_merchants_people() -> None:
    """The role would open the merchant's desk on its home platform too."""
    trave, alster = a_platform(), a_platform("alster")
    merchant, owner = a_merchant(trave)
    with tenancy.as_platform(alster.pk):
        Store.objects.create(platform=alster, merchant=merchant)
    anna, ida = somebody_with(operator_of(alster), "anna"), a_person("ida")

    with pytest.raises(MerchantNotAtHome, match="at home on another platform"):
        give(anna, ida, working_for(merchant.pk))
    with pytest.raises(MerchantNotAtHome):
        take(anna, owner.user_id, working_for(merchant.pk))

    assert roles_of(ida) == set()
    assert Membership.objects.filter(user_id=owner.user_id).exists()


def test_only_a_steward_gives_and_takes_the_stewards_role() -> None:
    trave = a_platform()
    sigrid, olaf = somebody_with(STEWARD, "sigrid"), somebody_with(operator_of(trave), "olaf")
    ida = a_person("ida")

    with pytest.raises(Forbidden, match="Olaf may not give alliance roles here"):
        give(olaf, ida, STEWARD)
    give(sigrid, ida, STEWARD)
    with pytest.raises(Forbidden):
        take(olaf, ida.pk, STEWARD)

    assert roles_of(ida) == {STEWARD}


@pytest.mark.parametrize("who", ["shopper", "visitor", "dispatcher", "steward", "merchant", "other operator"])
def test_nobody_else_gives_or_takes_a_role_of_a_platform(who: str) -> None:
    trave, alster = a_platform(), a_platform("alster")
    merchant, owner = a_merchant(trave)
    olaf, ida = somebody_with(operator_of(trave), "olaf"), a_person("ida")
    actor = {
        "shopper": lambda: a_shopper(),
        "visitor": lambda: selectors.visitor("key"),
        "dispatcher": lambda: somebody_with(dispatcher_of(trave), "dag"),
        "steward": lambda: somebody_with(STEWARD, "sigrid"),
        "merchant": lambda: owner,
        "other operator": lambda: somebody_with(operator_of(alster), "anna"),
    }[who]()
    before = trail()

    for role in (operator_of(trave), dispatcher_of(trave)):
        with pytest.raises(Forbidden):
            give(actor, ida, role)
        with pytest.raises(Forbidden):
            take(actor, olaf.user_id, role)
    if who != "merchant":
        with pytest.raises(Forbidden):
            give(actor, ida, working_for(merchant.pk))

    assert (roles_of(ida), trail()) == (set(), before)


def test_a_merchants_people_have_no_say_over_another_merchants() -> None:
    trave = a_platform()
    _, owner = a_merchant(trave)
    other, other_owner = a_merchant(trave, "cy")

    with pytest.raises(Forbidden):
        give(owner, a_person("ida"), working_for(other.pk))
    with pytest.raises(Forbidden):
        take(owner, other_owner.user_id, working_for(other.pk))

    assert trail() == []


def test_the_last_operator_and_the_last_steward_stay() -> None:
    trave, alster = a_platform(), a_platform("alster")
    olaf, sigrid = somebody_with(operator_of(trave), "olaf"), somebody_with(STEWARD, "sigrid")
    somebody_with(operator_of(alster), "anna")
    before = trail()

    with pytest.raises(LastOfTheirRole, match="olaf is the last operator here"):
        take(olaf, olaf.user_id, operator_of(trave))
    with pytest.raises(LastOfTheirRole, match="sigrid is the last steward here"):
        take(SYSTEM, sigrid.user_id, STEWARD)

    assert trail() == before
    assert Membership.objects.count() == 3


def test_an_operator_who_cannot_sign_in_does_not_count() -> None:
    trave = a_platform()
    olaf = somebody_with(operator_of(trave), "olaf")
    somebody_with(operator_of(trave), "gone")
    User.objects.filter(username="gone").update(is_active=False)

    with pytest.raises(LastOfTheirRole):
        take(olaf, olaf.user_id, operator_of(trave))


def test_two_operators_who_take_each_others_role_at_once_leave_one() -> None:
    trave = a_platform()
    olaf, anna = (somebody_with(operator_of(trave), name) for name in ("olaf", "anna"))
    start, outcomes = threading.Barrier(2), []

    def take_from(actor: Actor, other: Actor) -> None:
        try:
            start.wait()
            outcomes.append(str(take(actor, other.user_id, operator_of(trave))))
        except LastOfTheirRole as refusal:
            outcomes.append(refusal.code)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=take_from, args=pair) for pair in ((olaf, anna), (anna, olaf))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(outcomes) == ["True", "last_of_their_role"]
    assert Membership.objects.filter(platform=trave, role="operator").count() == 1
    assert [row[5] for row in trail()] == [True, True, False]


def test_many_who_give_the_same_role_at_once_give_it_once() -> None:
    trave = a_platform()
    olaf, ida = somebody_with(operator_of(trave), "olaf"), a_person("ida")
    start, outcomes = threading.Barrier(4), []

    def give_it() -> None:
        try:
            start.wait()
            outcomes.append(give(olaf, ida, dispatcher_of(trave)))
        finally:
            connections.close_all()

    threads = [threading.Thread(target=give_it) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(outcomes) == [False, False, False, True]
    assert [row[1] for row in trail()] == ["olaf", "ida"]


@pytest.mark.parametrize(
    "role",
    [
        Held(Role.OPERATOR, None, None),
        Held(Role.DISPATCHER, 1, 1),
        Held(Role.MERCHANT, None, None),
        Held(Role.MERCHANT, 1, 1),
        Held(Role.STEWARD, 1, None),
    ],
)
def test_a_role_in_the_wrong_place_is_refused(role: Held) -> None:
    with pytest.raises(RoleMisplaced, match="an operator and a dispatcher need a platform"):
        give(SYSTEM, a_person("ida"), role)

    assert Membership.objects.count() == 0


def test_a_merchant_or_a_person_that_is_none_is_refused() -> None:
    trave = a_platform()
    olaf = somebody_with(operator_of(trave), "olaf")

    with pytest.raises(NotFound, match="there is no merchant 99"):
        give(olaf, a_person("ida"), working_for(99))
    with pytest.raises(PersonUnknown, match="there is no person 99"):
        take(olaf, 99, operator_of(trave))


def test_who_cannot_sign_in_is_given_no_role() -> None:
    trave = a_platform()
    olaf, ida = somebody_with(operator_of(trave), "olaf"), a_person("ida")
    User.objects.filter(pk=ida.pk).update(is_active=False)

    with pytest.raises(PersonInactive, match="cannot sign in"):
        give(olaf, ida, dispatcher_of(trave))


def test_a_person_is_found_by_user_name_or_email() -> None:
    ida = a_person("ida")
    User.objects.filter(pk=ida.pk).update(email="Ida@Example.com")

    found = [selectors.get_person(text).pk for text in ("ida", " ida@example.COM ")]

    assert found == [ida.pk, ida.pk]


@pytest.mark.parametrize("text", ["", "  ", "idas", "Ida", "\x00"])
def test_a_name_that_nobody_has_is_refused(text: str) -> None:
    a_person("ida")

    with pytest.raises(PersonUnknown, match="nobody has the user name or e-mail"):
        selectors.get_person(text)


def test_a_user_name_that_is_anothers_email_is_refused() -> None:
    User.objects.filter(pk=a_person("ida").pk).update(email="ida@example.com")
    a_person("ida@example.com")

    with pytest.raises(PersonNotUnique, match="fits several people"):
        selectors.get_person("ida@example.com")


def test_a_platform_sees_its_own_roles_and_changes_alone() -> None:
    trave, alster = a_platform(), a_platform("alster")
    merchant, owner = a_merchant(trave)
    somebody_with(operator_of(trave), "olaf")
    somebody_with(operator_of(alster), "anna")
    give(owner, a_person("ida"), working_for(merchant.pk))

    def seen(platform: Platform) -> tuple[list[str], list[str]]:
        with tenancy.as_platform(platform.pk):
            sellers = merchants.on_platform(platform.pk)
            roles = selectors.roles_on(platform_id=platform.pk, sellers=sellers)
            changes = selectors.role_changes_on(platform_id=platform.pk, sellers=sellers)
            return [each.user.username for each in roles], [each.person for each in changes]

    assert seen(trave) == (["bo-owner", "ida", "olaf"], ["ida", "olaf"])
    assert seen(alster) == (["anna"], ["anna"])


@pytest.mark.parametrize(
    "act", ["update accounts_rolechange set person = 'x'", "delete from accounts_rolechange"]
)
@pytest.mark.parametrize("database_of", ["default", OWNER])
def test_the_trail_can_be_neither_changed_nor_deleted(act: str, database_of: str) -> None:
    somebody_with(operator_of(a_platform()), "olaf")
    before = trail()

    with pytest.raises(DatabaseError), transaction.atomic(using=database_of):
        connections[database_of].cursor().execute(act)

    assert trail() == before


def test_a_new_person_has_a_password_that_is_not_guessed_and_a_name_of_their_own() -> None:
    user = services.open_account(username="olga", password="amber under birch 7")

    for name, password in (
        ("olga", "amber under birch 7"),
        ("ines", "12345"),
        ("a b", "amber under birch 7"),
    ):
        with pytest.raises(InvalidInput):
            services.open_account(username=name, password=password)

    assert User.objects.get(username="olga").check_password("amber under birch 7")
    assert [each.pk for each in User.objects.all()] == [user.pk]
