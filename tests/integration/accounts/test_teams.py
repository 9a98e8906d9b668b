"""Merchants' people: invited by mail, made owner or clerk, never without an owner; new roles may have a grace."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from django.conf import settings
from django.core import mail
from django.db import connection
from django.test import Client

from hansa.commerce.accounts import invitations, second_factor, services
from hansa.commerce.accounts.errors import AddressNotProven, InvitationGone, LastOfTheirRole
from hansa.commerce.accounts.models import Invitation, Membership, RoleChange, User
from hansa.commerce.accounts.policy import Actor, Held, Permission, Role
from hansa.commerce.accounts.selectors import actor_of
from hansa.config.subscriptions import SUBSCRIPTIONS
from hansa.foundation import invariants, outbox
from hansa.kernel.clock import system_clock
from hansa.kernel.errors import Forbidden
from tests.factories import NOON, a_merchant, a_person, a_platform
from tests.integration.accounts.people import an_account, link_in_last_mail, sign_in

pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture(autouse=True)
def _no_second_factor(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "SECOND_FACTOR_FOR", frozenset())


def roles_at(merchant_id: int) -> list[tuple[str, str]]:
    rows = Membership.objects.filter(merchant_id=merchant_id).order_by("user__username", "role")
    return list(rows.values_list("user__username", "role"))


def invite(actor: Actor, email: str, role: Held) -> Invitation:
    return invitations.invite(
        actor=actor, email=email, role=role, page="http://testserver/account/invitation/", language="en", now=system_clock()
    )  # fmt: skip


def test_who_is_invited_by_mail_takes_up_the_role_with_that_very_address() -> None:
    merchant, owner = a_merchant(a_platform())
    browser = Client()
    browser.force_login(User.objects.get(pk=owner.user_id or 0))
    path = f"/desk/merchant/trave/{merchant.pk}/team/"
    assert browser.post(path, {"person": "Cy@Example.org", "role": "clerk"}).status_code == 302
    outbox.drain(SUBSCRIPTIONS)
    link = link_in_last_mail()
    assert mail.outbox[-1].to == ["cy@example.org"]
    an_account("bea")
    an_account("cy")

    stranger, invited = sign_in("bea"), sign_in("cy")
    refused = stranger.post(link)
    offered = invited.get(link)
    accepted = invited.post(link)
    again = invited.post(link)

    assert (refused.status_code, offered.status_code, accepted.status_code) == (403, 200, 302)
    assert again.status_code == 404
    assert roles_at(merchant.pk) == [("bo-owner", "merchant"), ("cy", "clerk")]
    assert RoleChange.objects.get().actor == "Bo-Owner"
    assert [each.invariant.name for each in invariants.check() if not each.holds] == []


def test_an_invitation_runs_out_is_withdrawn_and_dies_with_its_inviters_leave() -> None:
    merchant, owner = a_merchant(a_platform())
    second = a_person("second")
    services.grant_role(actor=owner, user_id=second.pk, role=Held(Role.MERCHANT, None, merchant.pk), now=NOON)
    cy = an_account("cy")
    clerk = Held(Role.CLERK, None, merchant.pk)
    first = invite(owner, "cy@example.org", clerk)
    outbox.drain(SUBSCRIPTIONS)
    token = link_in_last_mail().split("?", 1)[1]

    with pytest.raises(InvitationGone):
        invitations.accept(user_id=cy.pk, token=token, now=system_clock() + invitations.GOOD_FOR)
    with pytest.raises(InvitationGone):
        invitations.accept(user_id=cy.pk, token=token[:-2] + "xx", now=system_clock())
    services.revoke_role(
        actor=actor_of(second), user_id=owner.user_id or 0, role=Held(Role.MERCHANT, None, merchant.pk), now=NOON
    )  # fmt: skip
    with pytest.raises(Forbidden):
        invitations.accept(user_id=cy.pk, token=token, now=system_clock())
    assert invitations.withdraw(actor=actor_of(second), invitation_id=first.pk, now=system_clock())
    with pytest.raises(InvitationGone):
        invitations.accept(user_id=cy.pk, token=token, now=system_clock())

    assert roles_at(merchant.pk) == [("second", "merchant")]


def test_an_address_that_is_not_proven_gets_nothing() -> None:
    merchant, owner = a_merchant(a_platform())
    invite(owner, "cy@example.org", Held(Role.CLERK, None, merchant.pk))
    outbox.drain(SUBSCRIPTIONS)
    token = link_in_last_mail().split("?", 1)[1]
    cy = an_account("cy")
    cy.emailaddress_set.update(verified=False)  # type: ignore[attr-defined]  # allauth's

    with pytest.raises(AddressNotProven):
        invitations.accept(user_id=cy.pk, token=token, now=system_clock())

    assert roles_at(merchant.pk) == [("bo-owner", "merchant")]


def test_a_clerk_works_at_the_desk_and_lets_nobody_in() -> None:
    merchant, owner = a_merchant(a_platform())
    cy = an_account("cy")
    services.grant_role(actor=owner, user_id=cy.pk, role=Held(Role.CLERK, None, merchant.pk), now=NOON)
    clerk = actor_of(cy)

    assert clerk.may(Permission.RUN_MERCHANT, merchant_id=merchant.pk)
    assert not clerk.may(Permission.RUN_MERCHANT, merchant_id=merchant.pk + 1)
    with pytest.raises(Forbidden):
        invite(clerk, "bea@example.org", Held(Role.CLERK, None, merchant.pk))
    with pytest.raises(Forbidden):
        services.change_role(
            actor=clerk,
            user_id=cy.pk,
            old=Held(Role.CLERK, None, merchant.pk),
            new=Held(Role.MERCHANT, None, merchant.pk),
            now=NOON,
        )
    assert not Invitation.objects.exists()
    assert roles_at(merchant.pk) == [("bo-owner", "merchant"), ("cy", "clerk")]


def test_the_last_owner_neither_leaves_nor_becomes_a_clerk() -> None:
    platform = a_platform()
    merchant, owner = a_merchant(platform)
    mine, clerk = Held(Role.MERCHANT, None, merchant.pk), Held(Role.CLERK, None, merchant.pk)

    with pytest.raises(LastOfTheirRole):
        services.revoke_role(actor=owner, user_id=owner.user_id or 0, role=mine, now=NOON)
    with pytest.raises(LastOfTheirRole):
        services.change_role(actor=owner, user_id=owner.user_id or 0, old=mine, new=clerk, now=NOON)
    assert roles_at(merchant.pk) == [("bo-owner", "merchant")]

    orla = a_person("orla")
    Membership.objects.create(user=orla, role="operator", platform=platform)
    assert services.revoke_role(actor=actor_of(orla), user_id=owner.user_id or 0, role=mine, now=NOON)
    assert roles_at(merchant.pk) == []


def test_two_owners_who_leave_at_once_leave_one() -> None:
    merchant, owner = a_merchant(a_platform())
    mine = Held(Role.MERCHANT, None, merchant.pk)
    second = a_person("second")
    services.grant_role(actor=owner, user_id=second.pk, role=mine, now=NOON)
    results: dict[int, str] = {}
    barrier = threading.Barrier(2)

    def leave(actor: Actor) -> None:
        barrier.wait(timeout=10)
        try:
            services.revoke_role(actor=actor, user_id=actor.user_id or 0, role=mine, now=NOON)
            results[actor.user_id or 0] = "left"
        except LastOfTheirRole:
            results[actor.user_id or 0] = "stayed"
        finally:
            connection.close()

    threads = [threading.Thread(target=leave, args=(who,)) for who in (owner, actor_of(second))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=20)

    assert sorted(results.values()) == ["left", "stayed"]
    assert len(roles_at(merchant.pk)) == 1


def test_a_new_role_counts_without_a_second_factor_until_its_grace_is_over(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(settings, "SECOND_FACTOR_FOR", frozenset({"merchant"}))
    monkeypatch.setattr(settings, "SECOND_FACTOR_GRACE_DAYS", 7)
    merchant, owner = a_merchant(a_platform())
    cy, now = an_account("cy"), system_clock()
    services.grant_role(actor=owner, user_id=cy.pk, role=Held(Role.CLERK, None, merchant.pk), now=now)
    browser = sign_in("cy")
    desk = f"/desk/merchant/trave/{merchant.pk}/"

    within = browser.get(desk)
    assert second_factor.grace_until(cy, now=now) == now + timedelta(days=7)
    Membership.objects.filter(user=cy).update(since=now - timedelta(days=7, seconds=1))
    after = browser.get(desk)
    Membership.objects.filter(user=cy).update(since=None)

    assert within.status_code == 200
    assert "Set up a second factor by" in within.content.decode()
    assert after.headers["Location"].startswith("/account/second-factor/")
    assert second_factor.grace_until(cy, now=now) is None


def test_one_session_is_ended_from_afar_and_only_ones_own() -> None:
    an_account("alia")
    an_account("cy")
    phone, desk, stranger = sign_in("alia"), sign_in("alia"), sign_in("cy")
    for browser in (phone, desk, stranger):
        browser.get("/account/sessions/")
    alia = User.objects.get(username="alia")
    sessions = {each.session_key: each.pk for each in alia.usersession_set.all()}  # type: ignore[attr-defined]  # allauth's
    of_phone = sessions[phone.session.session_key]

    assert stranger.post(f"/account/sessions/{of_phone}/end/").status_code == 404
    assert "_auth_user_id" in phone.session
    desk.post(f"/account/sessions/{of_phone}/end/")

    assert phone.get("/account/").status_code == 302
    assert desk.get("/account/").status_code == 200
