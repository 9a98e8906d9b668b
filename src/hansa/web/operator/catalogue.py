"""The operator's pages of the catalogue: edits that wait for a word, and the order in which goods stand."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from hansa.commerce.accounts.policy import Permission
from hansa.commerce.catalogue import edits as edit_services
from hansa.commerce.catalogue import selectors as catalogue
from hansa.commerce.catalogue import shelves
from hansa.commerce.catalogue.models import Attribute, ProductEdit
from hansa.foundation.http_errors import status_of
from hansa.kernel.errors import HansaError, InvalidInput
from hansa.web.doors import Visit, platform_page
from hansa.web.requested import is_number, number_of, page_of
from hansa.web.shown_edits import rows_of
from hansa.web.templatetags.words import sentence

PAGE = 25
LONGEST = 500
KINDS = [
    (Attribute.Kind.TEXT.value, gettext_lazy("text")),
    (Attribute.Kind.NUMBER.value, gettext_lazy("number")),
    (Attribute.Kind.FLAG.value, gettext_lazy("yes or no")),
]


@require_http_methods(["GET", "POST"])
@platform_page(Permission.RUN_PLATFORM)
def edits(request: HttpRequest, visit: Visit) -> HttpResponse:
    """What merchants want changed in shared products; POST agrees, or declines with a reason."""
    refused = _do(request, visit, _decide) if request.method == "POST" else None
    if request.method == "POST" and refused is None:
        return redirect("operator:edits", visit.platform.code)
    wanted = request.GET.get("state", "")
    state = wanted if wanted in set(ProductEdit.State.values) else ""
    if "state" not in request.GET:
        state = ProductEdit.State.WAITING.value
    page = page_of(request, edit_services.edits_on(visit.platform.pk, state=state), PAGE)
    context = {
        "here": "edits",
        "page": page,
        "rows": rows_of(page),
        "state": state,
        "states": ["", *ProductEdit.State.values],
        "typed": {"edit": request.POST.get("edit", ""), "reason": request.POST.get("reason", "")[:LONGEST]},
    }
    return render(request, "operator/edits.html", context, status=refused)


@require_http_methods(["GET", "POST"])
@platform_page(Permission.RUN_PLATFORM)
def shelf_order(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Categories, brands and attributes; POST adds or renames one of them."""
    refused = _do(request, visit, _arrange) if request.method == "POST" else None
    if request.method == "POST" and refused is None:
        return redirect("operator:shelves", visit.platform.code)
    tree = catalogue.category_tree()
    context: dict[str, Any] = {
        "here": "shelves",
        "tree": tree,
        "tops": [("", _("at the top")), *((each.pk, each.name) for each, depth in tree if depth == 0)],
        "page": page_of(request, shelves.brands(), PAGE),
        "attributes": shelves.attributes_in_use(),
        "kinds": KINDS,
        "typed": request.POST,
    }
    return render(request, "operator/shelves.html", context, status=refused)


def _do(request: HttpRequest, visit: Visit, act: Callable[[HttpRequest, Visit], None]) -> int | None:
    """Do what was posted; answers the status of the refusal that is said on the page, if it is refused."""
    try:
        act(request, visit)
    except HansaError as refusal:
        messages.error(request, sentence(refusal.message))
        return status_of(refusal)
    messages.success(request, _("Saved."))
    return None


def _decide(request: HttpRequest, visit: Visit) -> None:
    edit_id = number_of(request, "edit")
    if request.POST.get("do") == "approve":
        edit_services.approve(
            actor=visit.actor, platform_id=visit.platform.pk, edit_id=edit_id, now=visit.now
        )
        return
    edit_services.reject(
        actor=visit.actor,
        platform_id=visit.platform.pk,
        edit_id=edit_id,
        reason=request.POST.get("reason", ""),
        now=visit.now,
    )


def _arrange(request: HttpRequest, visit: Visit) -> None:
    act = _ACTS.get(request.POST.get("do", ""))
    if act is None:
        raise InvalidInput(_("Please use the buttons of this page."))
    act(request, {"actor": visit.actor, "platform_id": visit.platform.pk, "now": visit.now})


def _add_category(request: HttpRequest, who: dict[str, Any]) -> None:
    parent = request.POST.get("parent", "")
    parent_id = int(parent) if is_number(parent) else None
    shelves.add_category(**who | _names(request), parent_id=parent_id)


def _rename_category(request: HttpRequest, who: dict[str, Any]) -> None:
    shelves.rename_category(**who | _names(request), category_id=number_of(request, "category"))


def _name_brand(request: HttpRequest, who: dict[str, Any]) -> None:
    name_zh = request.POST.get("name_zh", "")
    shelves.name_brand(**who, brand_id=number_of(request, "brand"), name_zh=name_zh)


def _add_attribute(request: HttpRequest, who: dict[str, Any]) -> None:
    kind, unit = request.POST.get("kind", ""), request.POST.get("unit", "")
    shelves.add_attribute(**who | _names(request), kind=kind, unit=unit)


def _names(request: HttpRequest) -> dict[str, Any]:
    return {name: request.POST.get(name, "")[:LONGEST].replace("\x00", "") for name in ("name", "name_zh")}


_ACTS: dict[str, Callable[[HttpRequest, dict[str, Any]], None]] = {
    "add-category": _add_category,
    "rename-category": _rename_category,
    "name-brand": _name_brand,
    "add-attribute": _add_attribute,
}
