"""The merchant's page of people: who works for the merchant, letting somebody in and out, and every change so far."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from hansa.commerce.accounts import invitations
from hansa.commerce.accounts import selectors as accounts
from hansa.commerce.accounts import services as account_services
from hansa.commerce.accounts.errors import PersonUnknown
from hansa.commerce.accounts.policy import AT_A_MERCHANT, Held, Permission, Role
from hansa.foundation.http_errors import status_of
from hansa.kernel.errors import HansaError
from hansa.web import roles
from hansa.web.merchant.desk import Desk, desk_page, show
from hansa.web.requested import number_of, page_of

PAGE = 40
open_to = desk_page(Permission.GIVE_MERCHANT_ROLES)


@require_http_methods(["GET", "POST"])
@open_to
def team(request: HttpRequest, desk: Desk) -> HttpResponse:
    """Who works for the merchant; POST lets somebody in. What was typed stays when it is refused."""
    if request.method != "POST":
        return _show(request, desk, roles.TeamForm())
    form = roles.TeamForm(request.POST)
    if not form.is_valid():
        return _show(request, desk, form, status=422)
    try:
        _let_in(request, desk, form.cleaned_data["person"], _role(desk, form.chosen_role()))
    except HansaError as refusal:
        roles.say_refusal(request, refusal)
        return _show(request, desk, form, status=status_of(refusal))
    return redirect("merchant:team", desk.visit.platform.code, desk.merchant.pk)


@require_POST
@open_to
def change(request: HttpRequest, desk: Desk) -> HttpResponse:
    """Make an owner of somebody who works here, or the other way round."""
    old = _role(desk, _role_sent(request))
    new = _role(desk, Role.CLERK if old.role is Role.MERCHANT else Role.MERCHANT)
    try:
        changed = account_services.change_role(
            actor=desk.actor, user_id=number_of(request, "user"), old=old, new=new, now=desk.visit.now
        )
    except HansaError as refusal:
        roles.say_refusal(request, refusal)
        return _show(request, desk, roles.TeamForm(), status=status_of(refusal))
    roles.say_done(request, is_given=True, changed=changed)
    if number_of(request, "user") == desk.actor.user_id:
        return redirect("merchant:home", desk.visit.platform.code, desk.merchant.pk)
    return redirect("merchant:team", desk.visit.platform.code, desk.merchant.pk)


@require_POST
@open_to
def leave(request: HttpRequest, desk: Desk) -> HttpResponse:
    """Let somebody go; who goes leaves the desk. The last owner stays."""
    user_id = number_of(request, "user")
    try:
        changed = account_services.revoke_role(
            actor=desk.actor, user_id=user_id, role=_role(desk, _role_sent(request)), now=desk.visit.now
        )
    except HansaError as refusal:
        roles.say_refusal(request, refusal)
        return _show(request, desk, roles.TeamForm(), status=status_of(refusal))
    roles.say_done(request, is_given=False, changed=changed)
    if user_id == desk.actor.user_id:
        return redirect("web:landing")
    return redirect("merchant:team", desk.visit.platform.code, desk.merchant.pk)


@require_POST
@open_to
def withdraw(request: HttpRequest, desk: Desk) -> HttpResponse:
    """Take an invitation back."""
    invitations.withdraw(actor=desk.actor, invitation_id=number_of(request, "invitation"), now=desk.visit.now)
    messages.success(request, _("The invitation is taken back."))
    return redirect("merchant:team", desk.visit.platform.code, desk.merchant.pk)


def _let_in(request: HttpRequest, desk: Desk, wanted: str, role: Held) -> None:
    """Give the role to who is known, else offer it by mail to the address."""
    try:
        person = accounts.get_person(wanted)
    except PersonUnknown:
        if "@" not in wanted:
            raise
        invitations.invite(
            actor=desk.actor,
            email=wanted,
            role=role,
            page=request.build_absolute_uri(reverse("account:invitation")),
            language=get_language() or "en",
            now=desk.visit.now,
        )
        messages.success(request, _("The invitation is on its way."))
        return
    changed = account_services.grant_role(actor=desk.actor, user_id=person.pk, role=role, now=desk.visit.now)
    roles.say_done(request, is_given=True, changed=changed)


def _role_sent(request: HttpRequest) -> Role:
    """The role that a button names; the owner's where it names none."""
    name = request.POST.get("role", Role.MERCHANT)
    return Role(name) if name in set(AT_A_MERCHANT) else Role.MERCHANT


def _role(desk: Desk, role: Role) -> Held:
    return Held(role, None, desk.merchant.pk)


def _show(request: HttpRequest, desk: Desk, form: roles.PersonForm, *, status: int = 200) -> HttpResponse:
    names = {desk.merchant.pk: desk.merchant.name}
    page = page_of(request, accounts.roles_for_merchant(desk.merchant.pk), PAGE)
    history = page_of(request, accounts.role_changes_for_merchant(desk.merchant.pk), PAGE, name="changes")
    context = {
        "form": form,
        "posts": roles.posts(page, desk.actor, names, own=names),
        "page": page,
        "invitations": roles.offers(invitations.open_for_merchant(desk.merchant.pk, now=desk.visit.now)),
        "changes": roles.changes(history, names),
        "history": history,
    }
    return show(request, desk, "team", context, status=status)
