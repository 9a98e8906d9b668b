"""The desk's page of goods as a table: out as CSV or XLSX, in again after a look at what would change."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from hansa.commerce.accounts.policy import Permission
from hansa.commerce.catalogue.exchange import services, tables
from hansa.commerce.catalogue.exchange.rows import COLUMNS, NEEDED
from hansa.foundation.http_errors import status_of
from hansa.kernel.errors import HansaError, InvalidInput
from hansa.web.merchant.desk import Desk, desk_page, show
from hansa.web.templatetags.words import sentence

_KINDS = {
    tables.CSV_KIND: "text/csv; charset=utf-8",
    tables.XLSX_KIND: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


@require_http_methods(["GET", "POST"])
@desk_page(Permission.RUN_MERCHANT)
def page(request: HttpRequest, desk: Desk) -> HttpResponse:
    """The page; POST takes a file in, or only looks at what it would do."""
    report, status = None, 200
    if request.method == "POST":
        try:
            file = request.FILES.get("file")
            if file is None:
                raise InvalidInput(_("Please choose a file."))
            report = services.import_goods(
                actor=desk.actor,
                platform=desk.visit.platform,
                merchant_id=desk.merchant.pk,
                data=bytes(file.read(tables.MOST_BYTES + 1)),
                now=desk.visit.now,
                dry_run="dry_run" in request.POST,
            )
        except HansaError as refusal:
            messages.error(request, sentence(refusal.message))
            status = status_of(refusal)
    context = {"report": report, "columns": COLUMNS, "needed": NEEDED}
    return show(request, desk, "table", context, status=status)


@require_GET
@desk_page(Permission.SEE_MERCHANT)
def file(request: HttpRequest, desk: Desk, kind: str) -> HttpResponse:
    """The goods as a file."""
    data = services.export_goods(
        actor=desk.actor, platform=desk.visit.platform, merchant_id=desk.merchant.pk, kind=kind
    )
    name = f"{desk.visit.platform.code}-{desk.merchant.slug}-goods.{kind}"
    answer = HttpResponse(data, content_type=_KINDS[kind])
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer
