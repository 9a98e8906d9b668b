"""The merchant's page of people: who works for the merchant, letting somebody in and out, and every change so far."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods, require_POST

from hansa.commerce.accounts import selectors as accounts
from hansa.commerce.accounts import services as account_services
from hansa.commerce.accounts.policy import Held, Permission, Role
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
        return _show(request, desk, roles.PersonForm())
    form = roles.PersonForm(request.POST)
    if not form.is_valid():
        return _show(request, desk, form, status=422)
    try:
        person = accounts.get_person(form.cleaned_data["person"])
        changed = account_services.grant_role(
            actor=desk.actor, user_id=person.pk, role=_role(desk), now=desk.visit.now
        )
    except HansaError as refusal:
        roles.say_refusal(request, refusal)
        return _show(request, desk, form, status=status_of(refusal))
    roles.say_done(request, is_given=True, changed=changed)
    return redirect("merchant:team", desk.visit.platform.code, desk.merchant.pk)


@require_POST
@open_to
def leave(request: HttpRequest, desk: Desk) -> HttpResponse:
    """Let somebody go; who goes leaves the desk."""
    user_id = number_of(request, "user")
    changed = account_services.revoke_role(
        actor=desk.actor, user_id=user_id, role=_role(desk), now=desk.visit.now
    )
    roles.say_done(request, is_given=False, changed=changed)
    if user_id == desk.actor.user_id:
        return redirect("web:landing")
    return redirect("merchant:team", desk.visit.platform.code, desk.merchant.pk)


def _role(desk: Desk) -> Held:
    return Held(Role.MERCHANT, None, desk.merchant.pk)


def _show(request: HttpRequest, desk: Desk, form: roles.PersonForm, *, status: int = 200) -> HttpResponse:
    names = {desk.merchant.pk: desk.merchant.name}
    page = page_of(request, accounts.roles_for_merchant(desk.merchant.pk), PAGE)
    history = page_of(request, accounts.role_changes_for_merchant(desk.merchant.pk), PAGE, name="changes")
    context = {
        "form": form,
        "posts": roles.posts(page, desk.actor, names, own=names),
        "page": page,
        "changes": roles.changes(history, names),
        "history": history,
    }
    return show(request, desk, "team", context, status=status)
