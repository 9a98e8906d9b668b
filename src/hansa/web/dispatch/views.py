"""The dispatch desk: what waits, the tours of a day on a map, what the driver and the picker take along."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from hansa.commerce.accounts.policy import Permission
from hansa.commerce.delivery import selectors as delivery
from hansa.commerce.delivery import services as delivery_services
from hansa.kernel.errors import HansaError
from hansa.web.charts.figures import distance_text
from hansa.web.dispatch import picking, shown
from hansa.web.dispatch.timeline import ends_at, hands_over_at, is_late, timeline
from hansa.web.doors import Visit, phased_platform_page, platform_page
from hansa.web.requested import is_number
from hansa.web.templatetags.words import sentence

MEASURED = timedelta(days=28)
PLANS = 21
desk = platform_page(Permission.PLAN_ROUTES)
phased_desk = phased_platform_page(Permission.PLAN_ROUTES)


@require_GET
@desk
def home(request: HttpRequest, visit: Visit) -> HttpResponse:
    """The days that have parcels waiting, how the last plans did, and how deliveries go."""
    platform_id = visit.platform.pk
    plans = delivery.recent_plans(platform_id, limit=PLANS)
    context = {
        "days": shown.days(delivery.days_to_plan(platform_id), plans),
        "plans": [(plan, shown.saved_share(plan)) for plan in plans],
        "parcels": delivery.parcels_by_status(platform_id),
        "today": visit.now.date(),
        "performance": delivery.performance(
            platform_id=platform_id, since=visit.now - MEASURED, until=visit.now
        ),
    }
    return _page(request, visit, "home", context)


@require_GET
@desk
def day(request: HttpRequest, visit: Visit, day: date) -> HttpResponse:
    """One day: what waits, the tours on the map, the table of routes, the time of each vehicle."""
    platform_id = visit.platform.pk
    plan = delivery.find_plan(platform_id=platform_id, day=day)
    context: dict[str, Any] = {
        "day": day,
        "plan": plan,
        "waiting": delivery.shipments_to_plan(platform_id=platform_id, day=day).count(),
        "before": day - timedelta(days=1),
        "after": day + timedelta(days=1),
        "fleet": [vehicle for vehicle in delivery.vehicles(platform_id) if vehicle.is_active],
    }
    if plan is not None:
        unserved = [int(each["shipment"]) for each in plan.unserved]
        left = delivery.parcels_with_ids(platform_id=platform_id, shipment_ids=unserved) if unserved else {}
        tours = shown.tours(plan)
        context |= {
            "tours": tours,
            "stops": sum(tour.stops for tour in tours),
            "late": sum(tour.late for tour in tours),
            "load_g": sum(tour.route.load_g for tour in tours),
            "capacity_g": sum(tour.route.vehicle.capacity_g for tour in tours),
            "saved": shown.saved_share(plan),
            "map": shown.route_map(plan, delivery.streets(visit.platform)),
            "timeline": timeline([tour.route for tour in tours]),
            "left_out": shown.left_out(plan, left),
        }
    return _page(request, visit, "day", context)


@require_POST
@phased_desk
def plan(request: HttpRequest, visit: Visit, day: date) -> HttpResponse:
    """Plan the tours of a day anew; what cannot be planned is said on the day's page."""
    try:
        made = delivery_services.plan_day(
            actor=visit.actor, platform_id=visit.platform.pk, day=day, now=visit.now
        )
    except HansaError as refusal:
        messages.error(request, sentence(refusal.message))
    else:
        left = len(made.unserved)
        messages.success(
            request,
            _("The tours of %(day)s are planned: %(way)s.")
            % {"day": date_format(day), "way": distance_text(made.distance_m)},
        )
        if left:
            messages.warning(
                request,
                ngettext("%(count)s parcel is left out.", "%(count)s parcels are left out.", left)
                % {"count": left},
            )
    return redirect("dispatch:day", visit.platform.code, day)


@require_POST
@desk
def release(request: HttpRequest, visit: Visit, plan_id: int) -> HttpResponse:
    """Send the vehicles out."""
    released = delivery_services.release_plan(
        actor=visit.actor, platform_id=visit.platform.pk, plan_id=plan_id, now=visit.now
    )
    messages.success(request, _("Released: the vehicles are on their way."))
    return redirect("dispatch:day", visit.platform.code, released.day)


@require_GET
@desk
def route(request: HttpRequest, visit: Visit, route_id: int) -> HttpResponse:
    """What the driver takes along: the stops in order, with room to sign."""
    found = delivery.get_route(platform_id=visit.platform.pk, route_id=route_id)
    stops = list(found.stops.all())
    context = {
        "route": found,
        "stops": [(stop, hands_over_at(stop), is_late(stop)) for stop in stops],
        "ends_at": ends_at(found),
        "delivered": sum(stop.shipment.status == "delivered" for stop in stops),
    }
    return _page(request, visit, "route", context)


@require_GET
@desk
def picks(request: HttpRequest, visit: Visit, route_id: int) -> HttpResponse:
    """What the picker takes along: the shortest walk past everything that the route carries."""
    found = delivery.get_route(platform_id=visit.platform.pk, route_id=route_id)
    walk = picking.walk_of(delivery.pick_list(found), delivery.titles_on_route(found))
    return _page(request, visit, "picks", {"route": found, "walk": walk})


@require_POST
@desk
def deliver(request: HttpRequest, visit: Visit, shipment_id: int) -> HttpResponse:
    """A parcel was handed over."""
    delivery_services.deliver(
        actor=visit.actor, platform_id=visit.platform.pk, shipment_id=shipment_id, now=visit.now
    )
    messages.success(request, _("Handed over."))
    came_from = request.POST.get("route", "")
    if not is_number(came_from):
        return redirect("dispatch:home", visit.platform.code)
    sheet = reverse("dispatch:route", args=[visit.platform.code, int(came_from)])
    return HttpResponseRedirect(f"{sheet}#parcel-{shipment_id}")


@require_GET
@desk
def figures(request: HttpRequest, visit: Visit) -> HttpResponse:
    """How deliveries went in the last four weeks, beside the four before, and what planning saved."""
    platform_id = visit.platform.pk
    plans = delivery.recent_plans(platform_id, limit=PLANS)
    context = {
        "recent": delivery.performance(platform_id=platform_id, since=visit.now - MEASURED, until=visit.now),
        "earlier": delivery.performance(
            platform_id=platform_id, since=visit.now - 2 * MEASURED, until=visit.now - MEASURED
        ),
        "plans": [(plan, shown.saved_share(plan)) for plan in plans],
        "chart": shown.planned_beside_baseline(plans, visit.platform.currency),
    }
    return _page(request, visit, "figures", context)


def _page(request: HttpRequest, visit: Visit, name: str, context: dict[str, Any]) -> HttpResponse:
    return render(request, f"dispatch/{name}.html", context | {"here": name, "now": visit.now})
