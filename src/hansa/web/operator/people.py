"""The operator's page of people: who has which role on the platform, giving and taking it, and every change so far."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from hansa.commerce.accounts import invitations
from hansa.commerce.accounts import selectors as accounts
from hansa.commerce.accounts import services as account_services
from hansa.commerce.accounts.policy import AT_A_MERCHANT, Held, Permission, Role
from hansa.commerce.merchants import selectors as merchants
from hansa.foundation.http_errors import status_of
from hansa.kernel.errors import HansaError, InvalidInput
from hansa.web import roles
from hansa.web.doors import Visit, platform_page
from hansa.web.requested import number_of, page_of

PAGE = 40
MOST_NAMES = 500
open_to = platform_page(Permission.GIVE_PLATFORM_ROLES)


@require_http_methods(["GET", "POST"])
@open_to
def people(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Who may do what here; POST gives a role, or offers it. What was typed stays when it is refused."""
    if request.method != "POST":
        return _show(request, visit, roles.RoleForm())
    form = roles.RoleForm(request.POST, merchants=accounts.merchants_at_home(visit.platform.pk))
    if not form.is_valid():
        return _show(request, visit, form, status=422)
    said = form.cleaned_data
    try:
        given = roles.give_or_offer(
            request,
            visit,
            person=said["person"],
            role=_role(visit, said["role"], said["merchant_id"]),
        )
    except HansaError as refusal:
        roles.say_refusal(request, refusal)
        return _show(request, visit, form, status=status_of(refusal))
    roles.say_given(request, given)
    return redirect("operator:people", visit.platform.code)


@require_POST
@open_to
def withdraw(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Take an invitation back."""
    invitations.withdraw(actor=visit.actor, invitation_id=number_of(request, "invitation"), now=visit.now)
    messages.success(request, _("The invitation is taken back."))
    return redirect("operator:people", visit.platform.code)


@require_POST
@open_to
def take(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Take a role away; who takes the own one leaves the desk."""
    name = request.POST.get("role", "")
    if name not in set(Role):
        raise InvalidInput(f"there is no role {name[:20]!r}")
    user_id = number_of(request, "user")
    merchant_id = number_of(request, "merchant") if name in set(AT_A_MERCHANT) else None
    role = _role(visit, name, merchant_id)
    try:
        changed = account_services.revoke_role(actor=visit.actor, user_id=user_id, role=role, now=visit.now)
    except HansaError as refusal:
        roles.say_refusal(request, refusal)
        return _show(request, visit, roles.RoleForm(), status=status_of(refusal))
    roles.say_done(request, is_given=False, changed=changed)
    if user_id == visit.actor.user_id and role.role is Role.OPERATOR:
        return redirect("web:landing")
    return redirect("operator:people", visit.platform.code)


def _role(visit: Visit, name: str, merchant_id: int | None) -> Held:
    """The role that was chosen, where it counts: never on another platform than this one."""
    role = Role(name)
    if role is Role.STEWARD:
        return Held(role, None, None)
    return Held(role, None if role in AT_A_MERCHANT else visit.platform.pk, merchant_id)


def _show(request: HttpRequest, visit: Visit, form: roles.RoleForm, *, status: int = 200) -> HttpResponse:
    platform_id = visit.platform.pk
    sellers = merchants.on_platform(platform_id)
    at_home = accounts.merchants_at_home(platform_id)
    page = page_of(request, accounts.roles_on(platform_id=platform_id, sellers=sellers), PAGE)
    changes = accounts.role_changes_on(platform_id=platform_id, sellers=sellers)
    history = page_of(request, changes, PAGE, name="changes")
    shown = roles.merchant_ids([*page, *history])
    names = {each.pk: each.name for each in merchants.merchants_of(shown)}
    context = {
        "form": form,
        "merchant_names": list(at_home.values())[:MOST_NAMES],
        "posts": roles.posts(page, visit.actor, names, own=at_home),
        "invitations": roles.offers(invitations.open_on_platform(platform_id, now=visit.now)),
        "page": page,
        "changes": roles.changes(history, names),
        "history": history,
        "here": "people",
        "now": visit.now,
    }
    return render(request, "operator/people.html", context, status=status)
