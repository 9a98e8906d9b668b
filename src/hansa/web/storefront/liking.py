"""What we think somebody likes, why a good is recommended to them, and what they say to that."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from hansa.commerce.behaviour import learning, naming, steering
from hansa.commerce.behaviour import selectors as behaviour
from hansa.commerce.behaviour import services as acts
from hansa.commerce.behaviour.naming import Things
from hansa.commerce.behaviour.selectors import Axis, Line, Taste
from hansa.commerce.catalogue import selectors as catalogue
from hansa.commerce.catalogue.models import Listing
from hansa.commerce.recommendations import explaining
from hansa.foundation.http_errors import status_of
from hansa.kernel.errors import HansaError
from hansa.web.addresses import address
from hansa.web.doors import Visit, shop_page
from hansa.web.storefront import asked, pages
from hansa.web.templatetags.hansa import money
from hansa.web.templatetags.words import category_name, good_name, in_language, sentence

MOST_LINES = 8
MOST_ACTS = 12
PERIODS = {
    "hour": (timedelta(hours=1), gettext_lazy("the last hour")),
    "day": (timedelta(days=1), gettext_lazy("the last 24 hours")),
    "week": (timedelta(days=7), gettext_lazy("the last 7 days")),
    "month": (timedelta(days=30), gettext_lazy("the last 30 days")),
    "all": (None, gettext_lazy("everything")),
}
_MUTABLE = {Axis.CATEGORY, Axis.BRAND, Axis.MERCHANT}


@dataclass(frozen=True)
class ShownLine:
    """A line of the profile: its part of all in per cent, and what it comes from."""

    axis: str
    key: int
    name: str
    url: str
    percent: int
    is_against: bool
    acts: int
    last_at: datetime
    can_be_muted: bool


@dataclass(frozen=True)
class ShownAxis:
    """One way to look at a taste, in words and in bars."""

    axis: str
    title: str
    words: str
    lines: list[ShownLine]


@dataclass(frozen=True)
class ShownThing:
    """What can be or is muted."""

    kind: str
    key: int
    name: str
    url: str = ""
    is_muted: bool = True


@dataclass(frozen=True)
class ShownDeed:
    """Something that was done, in words."""

    words: str
    url: str
    at: datetime


@require_GET
@shop_page
def tastes(request: HttpRequest, visit: Visit) -> HttpResponse:
    """What we think this person likes here, what they do not want to see, and what they did of late."""
    user_id = visit.actor.user_id
    if user_id is None:
        return redirect_to_login(request.get_full_path())
    platform_id, visitor = visit.platform.pk, visit.actor.visitor
    taste = behaviour.find_taste(platform_id=platform_id, user_id=user_id, now=visit.now)
    muted = behaviour.muted(platform_id=platform_id, visitor=visitor)
    wanted = [(mute.kind, mute.key) for mute in muted]
    if taste is not None:
        wanted += [(axis.value, line.key) for axis in _MUTABLE for line in taste.lines[axis]]
    things = naming.things(platform_id=platform_id, wanted=wanted)
    lately = behaviour.acts_of(platform_id=platform_id, visitor=visitor, limit=MOST_ACTS)
    context = {
        "consents": pages.consents(request),
        "axes": _axes(visit, taste, things, {(mute.kind, mute.key) for mute in muted}) if taste else [],
        "muted": [thing for mute in muted if (thing := _thing(visit, things, mute.kind, mute.key))],
        "deeds": _lately(visit, lately),
        "periods": [(name, words) for name, (_length, words) in PERIODS.items()],
    }
    return pages.show(request, visit, "storefront/tastes.html", context)


@require_GET
@shop_page
def why(request: HttpRequest, visit: Visit, listing_id: int) -> HttpResponse:
    """Why this good is recommended to this visitor, and the ways to see less of the like."""
    platform_id = visit.platform.pk
    listing = catalogue.get_listing(platform_id=platform_id, listing_id=listing_id)
    reasons = explaining.explain(
        platform_id=platform_id,
        actor=visit.actor,
        listing=listing,
        cause_id=_cause(request),
        consents=pages.consents(request),
        now=visit.now,
    )
    muted = {
        (mute.kind, mute.key)
        for mute in behaviour.muted(platform_id=platform_id, visitor=visit.actor.visitor)
    }
    fits = [(fit.axis, fit.key) for fit in reasons.fits]
    things = naming.things(platform_id=platform_id, wanted=fits)
    context = {
        "listing": listing,
        "title": good_name(listing.product),
        "url": address("shop:product", visit.platform.code, listing.pk),
        "deeds": [
            ShownDeed(
                deed_text(deed.kind, good_name(deed.listing.product), deed.value),
                address("shop:product", visit.platform.code, deed.listing.pk),
                deed.at,
            )
            for deed in reasons.deeds
        ],
        "fits": [
            (
                _axis_title(Axis(fit.axis)),
                _name_of(visit, things, Axis(fit.axis), fit.key)[0],
                round(100 * fit.share),
            )
            for fit in reasons.fits
        ],
        "sold": reasons.sold,
        "consents": pages.consents(request),
        "choices": _choices(visit, listing, muted),
    }
    return pages.show(request, visit, "storefront/why.html", context)


@require_POST
@shop_page
def mute(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Not interested in a good, merchant, category or brand; or interested again."""
    is_back = request.POST.get("do") == "unmute"
    said = _("It may be recommended again.") if is_back else _("We will not recommend it any more.")
    try:
        (steering.unmute if is_back else steering.mute)(
            platform_id=visit.platform.pk,
            actor=visit.actor,
            kind=request.POST.get("kind", ""),
            key=asked.whole(request, "key"),
            is_noted=pages.may_note(request),
            now=visit.now,
        )
        messages.success(request, said)
    except HansaError as refusal:
        if status_of(refusal) == 404:
            raise
        messages.error(request, sentence(refusal.message))
    listing_id = asked.whole(request, "listing", default=0)
    if listing_id:
        return redirect("shop:why", visit.platform.code, listing_id)
    return redirect("shop:tastes" if visit.actor.is_signed_in else "shop:home", visit.platform.code)


@require_POST
@shop_page
def remove_line(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Take a line off the profile."""

    def remove() -> str:
        steering.remove_line(
            platform_id=visit.platform.pk,
            actor=visit.actor,
            axis=request.POST.get("axis", ""),
            key=asked.whole(request, "key"),
            now=visit.now,
        )
        return _("It is off your profile.")

    return _say(request, visit, remove)


@require_POST
@shop_page
def delete_history(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Delete what somebody did here, of a time or all of it."""
    length, _words = PERIODS.get(request.POST.get("period", ""), PERIODS["hour"])

    def delete() -> str:
        gone = steering.delete_history(
            platform_id=visit.platform.pk,
            actor=visit.actor,
            since=visit.now - length if length else None,
            now=visit.now,
        )
        return _("Deleted: %(count)s acts.") % {"count": gone}

    return _say(request, visit, delete)


@require_POST
@shop_page
def share(request: HttpRequest, visit: Visit, listing_id: int) -> HttpResponse:
    """The link of a good was copied, to be given to somebody."""
    listing = catalogue.get_listing(platform_id=visit.platform.pk, listing_id=listing_id)
    if pages.may_note(request):
        acts.record_share(
            platform_id=visit.platform.pk, actor=visit.actor, listing_id=listing.pk, now=visit.now
        )
    if request.headers.get("HX-Request"):
        return HttpResponse(status=204)
    url = address("shop:product", visit.platform.code, listing.pk)
    messages.success(request, _("The link to share: %(url)s") % {"url": request.build_absolute_uri(url)})
    return redirect(url)


def deed_text(kind: str, title: str, value: int | None = None, words: str = "") -> str:
    """What somebody did, in a sentence to them."""
    told = {
        "view": _("You looked at %(title)s"),
        "cart": _("You put %(title)s into the cart"),
        "purchase": _("You bought %(title)s"),
        "rating": _("You gave %(title)s %(value)s of 5 stars"),
        "return": _("You sent %(title)s back"),
        "share": _("You shared %(title)s"),
        "hide": _("You did not want %(title)s recommended"),
        "unhide": _("You allowed %(title)s to be recommended again"),
        "follow": _("You followed somebody"),
        "unfollow": _("You stopped following somebody"),
        "search": _("You searched for “%(words)s”"),
    }
    return told[kind] % {"title": title, "value": value or 0, "words": words}


def _say(request: HttpRequest, visit: Visit, act: Callable[[], str]) -> HttpResponse:
    """Do something to a person's own profile, tell what came of it, and show the profile."""
    if visit.actor.user_id is None:
        return redirect_to_login(reverse("shop:tastes", args=[visit.platform.code]))
    try:
        messages.success(request, act())
    except HansaError as refusal:
        messages.error(request, sentence(refusal.message))
    return redirect("shop:tastes", visit.platform.code)


def _cause(request: HttpRequest) -> int | None:
    text = request.GET.get("because", "")[:18]
    return int(text) if text.isascii() and text.isdecimal() else None


def _choices(visit: Visit, listing: Listing, muted: set[tuple[str, int]]) -> list[ShownThing]:
    brand = naming.brand_of(listing.product)
    choices = [
        ("good", listing.pk, good_name(listing.product), listing.product_id),
        ("merchant", listing.merchant_id, listing.merchant.name, listing.merchant_id),
        ("category", listing.category_id, category_name(listing.category), listing.category_id),
    ]
    if brand is not None:
        choices.append(("brand", brand.pk, in_language(brand.name, brand.name_zh), brand.pk))
    return [
        ShownThing(kind, key, _kind_text(kind, name), is_muted=(kind, kept) in muted)
        for kind, key, name, kept in choices
    ]


def _kind_text(kind: str, name: str) -> str:
    told = {
        "good": _("This good: %(name)s"),
        "merchant": _("The merchant %(name)s"),
        "category": _("The category %(name)s"),
        "brand": _("The brand %(name)s"),
    }
    return told[kind] % {"name": name}


def _axes(visit: Visit, taste: Taste, things: Things, muted: set[tuple[str, int]]) -> list[ShownAxis]:
    shown = []
    for axis in Axis:
        lines = [_line(visit, taste, things, axis, line, muted) for line in taste.lines[axis]]
        kept = [line for line in lines if not line.is_against][:MOST_LINES]
        kept += [line for line in lines if line.is_against][-2:]
        if kept:
            shown.append(ShownAxis(axis.value, _axis_title(axis), _axis_words(axis, kept), kept))
    return shown


def _line(
    visit: Visit, taste: Taste, things: Things, axis: Axis, line: Line, muted: set[tuple[str, int]]
) -> ShownLine:
    name, url = _name_of(visit, things, axis, line.key)
    return ShownLine(
        axis=axis.value,
        key=line.key,
        name=name,
        url=url,
        percent=round(100 * taste.share(axis, line.key)),
        is_against=line.weight < 0,
        acts=line.acts,
        last_at=line.last_at,
        can_be_muted=axis in _MUTABLE and (axis.value, line.key) not in muted,
    )


def _axis_title(axis: Axis) -> str:
    return {
        Axis.CATEGORY: _("Kinds of goods"),
        Axis.BRAND: _("Brands"),
        Axis.MERCHANT: _("Merchants"),
        Axis.PRICE: _("Prices"),
        Axis.HOUR: _("Time of day (UTC)"),
    }[axis]


def _axis_words(axis: Axis, lines: list[ShownLine]) -> str:
    """The sentence above the bars."""
    first = lines[0]
    if first.is_against:
        return _("Nothing here speaks for anything.")
    told = {
        Axis.CATEGORY: _("You like %(name)s best."),
        Axis.BRAND: _("The brand you like best is %(name)s."),
        Axis.MERCHANT: _("You like to buy from %(name)s."),
        Axis.PRICE: _("You mostly look at goods %(name)s."),
        Axis.HOUR: _("You are mostly here between %(name)s."),
    }
    return told[axis] % {"name": first.name}


def _name_of(visit: Visit, things: Things, axis: Axis, key: int) -> tuple[str, str]:
    """What a line is called, and where it leads."""
    code = visit.platform.code
    match axis:
        case Axis.CATEGORY if key in things.categories:
            category = things.categories[key]
            return category_name(category), address("shop:category", code, category.slug)
        case Axis.MERCHANT if key in things.merchants:
            merchant = things.merchants[key]
            return merchant.name, address("shop:merchant", code, merchant.slug)
        case Axis.BRAND if key in things.brands:
            return in_language(things.brands[key].name, things.brands[key].name_zh), ""
        case Axis.PRICE:
            return _band_text(key, visit.platform.currency), ""
        case Axis.HOUR:
            return f"{key:02}:00 – {(key + 1) % 24:02}:00", ""
    return _("something that is no longer here"), ""


def _band_text(band: int, currency: str) -> str:
    lowest, end = learning.bounds_of(band)
    if not lowest:
        return _("below %(end)s") % {"end": money(end, currency)}
    if end is None:
        return _("from %(lowest)s") % {"lowest": money(lowest, currency)}
    return _("from %(lowest)s to %(end)s") % {
        "lowest": money(lowest, currency),
        "end": money(end, currency),
    }


def _thing(visit: Visit, things: Things, kind: str, key: int) -> ShownThing | None:
    """A muted thing by name; none for what has gone."""
    if kind == "good":
        listing = things.goods.get(key)
        if listing is None:
            return None
        name, url = good_name(listing.product), address("shop:product", visit.platform.code, listing.pk)
        return ShownThing(kind, listing.pk, _kind_text(kind, name), url)
    name, url = _name_of(visit, things, Axis(kind), key)
    return ShownThing(kind, key, _kind_text(kind, name), url)


def _lately(visit: Visit, lately: Iterable[behaviour.SeenAct]) -> list[ShownDeed]:
    seen = list(lately)
    listings = naming.listings(
        platform_id=visit.platform.pk, listing_ids=[act.listing_id for act in seen if act.listing_id]
    )
    return [
        ShownDeed(
            deed_text(
                act.kind, good_name(listing.product) if listing else _("something"), act.value, act.words
            ),
            address("shop:product", visit.platform.code, listing.pk) if listing and listing.is_active else "",
            act.at,
        )
        for act in seen
        for listing in [listings.get(act.listing_id or 0)]
    ]
