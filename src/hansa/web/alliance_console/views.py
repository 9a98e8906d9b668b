"""The alliance console: members and what they allow one another, calls, joint jobs, the lake, audit, settlement."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal, DecimalException
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from hansa.alliance import runs, selectors, tasks
from hansa.alliance.gateway.services import PATHS
from hansa.alliance.governance import selectors as governance
from hansa.alliance.governance import services as governance_services
from hansa.alliance.governance.services import Leave
from hansa.alliance.jobs.registry import JOBS, get_job
from hansa.alliance.settlement import services as settlement_services
from hansa.commerce.accounts import selectors as accounts
from hansa.commerce.accounts.policy import Permission
from hansa.kernel.errors import HansaError, InvalidInput
from hansa.web.alliance_console import shown
from hansa.web.doors import AllianceVisit, alliance_page
from hansa.web.templatetags.words import platform_name, sentence

ENGINE = "duckdb"  # Spark takes a Java start of half a minute: that is for the command line
LONGEST_DAYS = 3_650
see = alliance_page(Permission.SEE_ALLIANCE)
run = alliance_page(Permission.RUN_ALLIANCE)


@require_GET
@see
def home(request: HttpRequest, visit: AllianceVisit) -> HttpResponse:
    """The members with their keys, and what waits for the steward."""
    decisions = selectors.gateway_decisions()
    leaves = shown.leaves(selectors.grants(), now=visit.now)
    context = {
        "keys": shown.keys(selectors.members()),
        "holding": sum(leave.state == "active" for leave in leaves),
        "decisions": decisions,
        "refused": sum(decisions.refused.values()),
        "pairs": shown.open_pairs(selectors.open_debts()),
        "names": {each.code: platform_name(each) for each in accounts.platforms()},
        "runs": shown.runs(selectors.job_runs(1)),
        "audit_length": selectors.audit_length(),
    }
    return _page(request, visit, "home", context)


@require_POST
@run
def change_member(request: HttpRequest, visit: AllianceVisit, code: str) -> HttpResponse:
    """Suspend a member with a reason, or let it take part again."""
    member = governance.get_member(code)
    if request.POST.get("act") == "reinstate":
        governance_services.reinstate_member(member=member, actor_name=visit.actor.name, now=visit.now)
        messages.success(request, _("%(name)s takes part again.") % {"name": platform_name(member.platform)})
    else:
        reason = request.POST.get("reason", "").strip()
        if not reason or len(reason) > 200:
            raise InvalidInput(_("Say in 1 to 200 characters why the member is suspended."))
        governance_services.suspend_member(
            member=member, reason=reason, actor_name=visit.actor.name, now=visit.now
        )
        messages.success(request, _("%(name)s is suspended.") % {"name": platform_name(member.platform)})
    return redirect("alliance:home")


@require_http_methods(["GET", "POST"])
@run
def grants(request: HttpRequest, visit: AllianceVisit) -> HttpResponse:
    """Every leave ever given; POST gives a new one, and what is refused is said above the form."""
    if request.method == "POST":
        try:
            given = governance_services.grant(
                leave=_leave(request, visit), actor_name=visit.actor.name, now=visit.now
            )
        except HansaError as refusal:
            messages.error(request, sentence(refusal.message))
        else:
            messages.success(
                request,
                _("%(giver)s gives %(receiver)s leave.")
                % {
                    "giver": platform_name(given.giver.platform),
                    "receiver": platform_name(given.receiver.platform),
                },
            )
            return redirect("alliance:grants")
    codes = [(member.platform.code, platform_name(member.platform)) for member in governance.active_members()]
    context = {
        "leaves": shown.leaves(selectors.grants(), now=visit.now),
        "codes": codes,
        "receiver": request.POST.get("receiver") or next((code for code, _name in codes[1:]), ""),
        "scopes": [(scope, f"{shown.scope_word(scope)} ({scope})") for scope in PATHS],
        "typed": request.POST,
    }
    return _page(request, visit, "grants", context)


@require_POST
@run
def revoke(request: HttpRequest, visit: AllianceVisit, grant_id: int) -> HttpResponse:
    """End a leave at once."""
    governance_services.revoke(grant_id=grant_id, actor_name=visit.actor.name, now=visit.now)
    messages.success(request, _("The leave has ended."))
    return redirect("alliance:grants")


@require_GET
@see
def calls(request: HttpRequest, visit: AllianceVisit) -> HttpResponse:
    """The last calls at the gateway, let through or refused with the reason."""
    decisions = selectors.gateway_decisions()
    context = {
        "calls": shown.calls(selectors.last_messages()),
        "accepted": decisions.accepted,
        "refused": [(shown.reason_word(reason), count) for reason, count in decisions.refused.items()],
    }
    return _page(request, visit, "calls", context)


@require_GET
@see
def jobs(request: HttpRequest, visit: AllianceVisit) -> HttpResponse:
    """The runs of joint jobs, and the strongest pairs of the last one."""
    context = {
        "jobs": list(JOBS),
        "runs": shown.runs(selectors.job_runs()),
        "pairs": selectors.strongest_pairs(),
    }
    return _page(request, visit, "jobs", context)


@require_POST
@run
def run_job(request: HttpRequest, visit: AllianceVisit) -> HttpResponse:
    """Ask the worker to run a joint job; what would stop it is said now."""
    job = get_job(request.POST.get("job", ""))
    try:
        runs.usual_params()
    except HansaError as refusal:
        messages.error(request, sentence(refusal.message))
    else:
        tasks.run_joint_job.defer(job=job.name, engine=ENGINE, actor_name=visit.actor.name)
        messages.success(request, _("The job is on its way. Look again in a minute."))
    return redirect("alliance:jobs")


@require_GET
@see
def lake(request: HttpRequest, visit: AllianceVisit) -> HttpResponse:
    """The tables that the members share, by version."""
    return _page(request, visit, "lake", {"tables": selectors.lake_tables()})


@require_GET
@see
def audit(request: HttpRequest, visit: AllianceVisit) -> HttpResponse:
    """The audit chain, verified from its first line, and its end."""
    context = {
        "broken_at": selectors.first_broken_audit_line(),
        "length": selectors.audit_length(),
        "lines": shown.lines(selectors.audit_tail()),
    }
    return _page(request, visit, "audit", context)


@require_GET
@see
def settlement(request: HttpRequest, visit: AllianceVisit) -> HttpResponse:
    """What platforms owe one another, and the settlements so far."""
    context = {
        "pairs": shown.open_pairs(selectors.open_debts()),
        "names": {each.code: platform_name(each) for each in accounts.platforms()},
        "items": selectors.open_items(),
        "batches": selectors.settlement_batches(),
    }
    return _page(request, visit, "settlement", context)


@require_POST
@run
def close(request: HttpRequest, visit: AllianceVisit) -> HttpResponse:
    """Net everything open between two platforms into one payment."""
    one, two = (accounts.get_platform(request.POST.get(side, "")).pk for side in ("one", "two"))
    closed = settlement_services.close_batch(
        between=(one, two),
        currency=request.POST.get("currency", ""),
        actor_name=visit.actor.name,
        now=visit.now,
    )
    messages.success(request, _("Settled: batch %(number)s.") % {"number": closed.pk})
    return redirect("alliance:batch", closed.pk)


@require_GET
@see
def batch(request: HttpRequest, visit: AllianceVisit, batch_id: int) -> HttpResponse:
    """One settlement: its sales, and where the two books do not tell the same."""
    found = settlement_services.get_batch(batch_id)
    context = {
        "batch": found,
        "items": selectors.items_of_batch(batch_id),
        "differences": settlement_services.reconcile(found),
    }
    return _page(request, visit, "batch", context)


def _leave(request: HttpRequest, visit: AllianceVisit) -> Leave:
    """What the form asks for; refuses a scope that is none, a purpose without words, days and fees out of range."""
    scope, purpose = request.POST.get("scope", ""), request.POST.get("purpose", "").strip()
    if scope not in PATHS:
        raise InvalidInput(_("%(scope)r is nothing that leave can be given for.") % {"scope": scope[:60]})
    if not purpose or len(purpose) > 60:
        raise InvalidInput(_("A purpose has 1 to 60 characters."))
    days = request.POST.get("days", "")
    if not days.isascii() or not days.isdecimal() or not 1 <= int(days[:5]) <= LONGEST_DAYS:
        raise InvalidInput(_("Leave is given for 1 to %(most)s days.") % {"most": LONGEST_DAYS})
    return Leave(
        giver=governance.get_member(request.POST.get("giver", "")),
        receiver=governance.get_member(request.POST.get("receiver", "")),
        scope=scope,
        purpose=purpose,
        not_before=visit.now,
        not_after=visit.now + timedelta(days=int(days)),
        fee_bp=_basis_points(request.POST.get("fee", "")),
    )


def _basis_points(percent: str) -> int:
    try:
        points = Decimal(percent.replace(",", ".") or "0") * 100
    except DecimalException:
        raise InvalidInput(_("%(text)r is no fee in per cent.") % {"text": percent[:20]}) from None
    if not points.is_finite() or points != points.to_integral_value() or not 0 <= points <= 10_000:
        raise InvalidInput(_("A fee is 0 to 100 per cent, to a hundredth."))
    return int(points)


def _page(request: HttpRequest, visit: AllianceVisit, name: str, context: dict[str, Any]) -> HttpResponse:
    return render(request, f"alliance_console/{name}.html", context | {"here": name, "now": visit.now})
