"""What a request asks for, as every desk reads it: a page of a list, a number that a button sends, where to go next."""

from __future__ import annotations

from typing import TypeVar

from django.core.paginator import Page, Paginator
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _

from hansa.kernel.errors import InvalidInput

Row = TypeVar("Row", bound=Model)


def page_of(request: HttpRequest, rows: QuerySet[Row], size: int, *, name: str = "page") -> Page[Row]:
    """A page of a list; anything odd is the first page, anything too far the last."""
    return Paginator(rows, size).get_page(request.GET.get(name, "1")[:6])


def is_number(text: str) -> bool:
    """Whether this can be the number of a row."""
    return text.isascii() and text.isdecimal() and len(text) < 19


def number_of(request: HttpRequest, name: str) -> int:
    """A number that a button of ours sends; refuses anything else."""
    text = request.POST.get(name, "")
    if not is_number(text):
        raise InvalidInput(
            _("%(name)s must be a whole number, not “%(text)s”.") % {"name": name, "text": text[:40]}
        )
    return int(text)


def next_of(request: HttpRequest) -> str:
    """The page that somebody wanted before they were sent here; empty where none, or not one of this host."""
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    return wanted if is_here(request, wanted) else ""


def is_here(request: HttpRequest, address: str) -> bool:
    """Whether an address is of this very host: what is trusted to post forms is not trusted to be sent to."""
    return url_has_allowed_host_and_scheme(
        address, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
