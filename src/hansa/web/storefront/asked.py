"""What a visitor asks for, read from addresses and forms: whole numbers, words, pages, orders of sorting."""

from __future__ import annotations

import re

from django.http import HttpRequest
from django.utils.translation import gettext as _

from hansa.kernel.errors import InvalidInput

ORDERS = ("relevance", "price", "-price", "newest", "rating")
LONGEST_QUESTION = 200
LAST_PAGE = 500


def question(request: HttpRequest) -> str:
    """The words searched for, without what no word holds."""
    return request.GET.get("q", "").replace("\x00", "").strip()[:LONGEST_QUESTION]


def order(request: HttpRequest) -> str:
    """How results are sorted; anything unknown is the best match first."""
    wanted = request.GET.get("order", "relevance")
    return wanted if wanted in ORDERS else "relevance"


def page(request: HttpRequest) -> int:
    """Which page of a list; anything odd is the first."""
    text = request.GET.get("page", "1")[:6]
    return max(1, min(int(text), LAST_PAGE)) if text.isascii() and text.isdecimal() else 1


def units(request: HttpRequest, *, most: int) -> int:
    """How many units of a good an address asks for; anything odd is one."""
    text = request.GET.get("quantity", "1")[:6]
    return max(1, min(int(text), most)) if text.isascii() and text.isdecimal() else 1


def source(text: str) -> str:
    """Where somebody came from: the name of a place on our pages, or nothing."""
    return text if re.fullmatch(r"[a-z0-9-]{1,40}", text) else ""


def line_of_text(request: HttpRequest, name: str, *, longest: int) -> str:
    """One line that was typed; refuses what is longer or holds control characters."""
    text = request.POST.get(name, "").strip()
    if len(text) > longest or any(ord(letter) < 32 for letter in text):
        raise InvalidInput(_("Please type at most %(longest)s plain letters.") % {"longest": longest})
    return text


def whole(request: HttpRequest, name: str, *, default: int | None = None) -> int:
    """A whole number of a form; what occurs twice counts the second time. Refuses anything else."""
    text = request.POST.get(name, "").strip()
    if not text and default is not None:
        return default
    if not re.fullmatch(r"-?[0-9]{1,9}", text):
        raise InvalidInput(
            _("%(name)s must be a whole number, not “%(text)s”.") % {"name": name, "text": text[:40]}
        )
    return int(text)
