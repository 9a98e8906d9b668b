"""Template filters and tags: figures in the reader's language, icons, artwork, safe attributes. A builtin of every page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from functools import lru_cache

from django import template
from django.core.paginator import Page
from django.http import QueryDict
from django.templatetags.static import static
from django.utils.html import conditional_escape, format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext

from hansa.commerce.media.encoding import Size
from hansa.kernel.clock import system_clock
from hansa.kernel.money import Money
from hansa.web import art, charts, pictures
from hansa.web.charts import figures

register = template.Library()

# What a state of anything in commerce feels like; a state nobody lists is neutral.
_TONES = {
    "moss": "paid captured delivered completed complete done accepted approved active live published settled matched"
    " received succeeded success healthy in_stock fulfilled won granted ok available released capture takings",
    "sea": "placed confirmed authorised shipped in_transit out_for_delivery dispatched packed picking planned running"
    " allocated open submitted proposed processing new scheduled refunded returned sent picked out ordered payout",
    "amber": "pending awaiting_payment awaiting waiting draft partially_paid partially_shipped on_hold low_stock late"
    " delayed paused expiring review requested unmatched degraded suspended refund",
    "alarm": "failed cancelled rejected declined expired refused disputed out_of_stock lost overdue broken error revoked"
    " denied blocked",
}
_TONE_OF = {state: tone for tone, states in _TONES.items() for state in states.split()}


@register.filter
def money(value: int | str | Money | None, currency: str = "") -> str:
    """Write minor units (with their currency) or a Money: {{ offer.price_minor|money:offer.currency }}."""
    if value is None:
        return figures.MISSING
    if isinstance(value, Money):
        return figures.money_text(value.minor, value.currency)
    return figures.money_text(_whole(value), currency)


@register.filter
def quantity(value: figures.Figure | None, unit: str = "") -> str:
    """Write a count or a measure: {{ 12500|quantity }} is 12,500, {{ 2.5|quantity:"kg" }} is 2.5 kg."""
    return figures.MISSING if value is None else figures.quantity_text(value, unit)


@register.filter
def compact(value: figures.Figure | None) -> str:
    """Write a large number short: 1.2M, in Chinese 123.5万."""
    return figures.MISSING if value is None else figures.compact_text(value)


@register.filter
def percent(share: figures.Figure | None, digits: int = 1) -> str:
    """Write a fraction of one as a percentage: {{ 0.1234|percent }} is 12.3%."""
    return figures.MISSING if share is None else figures.percent_text(share, digits=digits)


@register.filter
def change(share: figures.Figure | None, digits: int = 1) -> str:
    """Write a change with its sign: {{ 0.05|change }} is +5.0%."""
    return figures.MISSING if share is None else figures.percent_text(share, digits=digits, signed=True)


@register.filter
def ago(moment: datetime | None, now: datetime | None = None) -> str:
    """Say how long ago a moment was: 3 hours ago."""
    return figures.MISSING if moment is None else figures.ago_text(moment, now=now or system_clock())


@register.filter
def duration(seconds: figures.Figure | None) -> str:
    """Write seconds as hours and minutes: {{ 5100|duration }} is 1 h 25 min."""
    return figures.MISSING if seconds is None else figures.duration_text(seconds)


@register.filter
def distance(metres: figures.Figure | None) -> str:
    """Write metres as road: {{ 3400|distance }} is 3.4 km."""
    return figures.MISSING if metres is None else figures.distance_text(metres)


@register.filter
def tone(state: object) -> str:
    """Name the tone of a state such as "shipped"; see the status component."""
    return _TONE_OF.get(str(state).lower().replace("-", "_").replace(" ", "_"), "neutral")


@register.filter
def ratings(count: int | None) -> str:
    """Say "1,204 ratings"."""
    return figures.count_text(count or 0)


@register.filter
def verdict(delta: figures.Figure, good: str) -> str:
    """Judge a change: with good="up" a rise is good, with good="down" a fall is; otherwise it is neither."""
    if delta == 0 or good not in ("up", "down"):
        return "even"
    return "good" if (delta > 0) == (good == "up") else "bad"


@register.filter
def share_width(value: figures.Figure, whole: figures.Figure) -> str:
    """Say how far a bar is filled, for an SVG attribute; a bar of nothing is empty."""
    return f"{max(0.0, min(1.0, float(value) / float(whole) if whole else 0.0)) * 100:.2f}%"


@register.filter
def html_attrs(attrs: Mapping[str, object]) -> SafeString:
    """Write what a component was given and does not know, escaped. Cotton's own {{ attrs }} does not escape."""
    # `attrs` is cotton's mapping; its exclusions are applied only by attrs_dict().
    known = getattr(attrs, "attrs_dict", None)
    given: Mapping[str, object] = known() if known else attrs
    pairs = [(name, value) for name, value in given.items() if value is not False and value is not None]
    return format_html_join("", " {}", ((_attribute(name, value),) for name, value in pairs))


@register.filter
def page_numbers(page: Page[object]) -> list[int]:
    """List the page numbers to offer, a zero where some are left out."""
    shown = page.paginator.get_elided_page_range(page.number, on_each_side=1, on_ends=1)
    return [number if isinstance(number, int) else 0 for number in shown]


@register.simple_tag(takes_context=True)
def page_url(context: template.Context, parameter: str, number: int) -> str:
    """Make this page's address with another page number, its other parameters as they are."""
    query: QueryDict = context["request"].GET.copy()
    query[parameter] = str(number)
    return "?" + query.urlencode()


@register.simple_tag
@lru_cache(maxsize=512)
def icon(name: str, size: str = "", label: str = "") -> SafeString:
    """Draw an icon of the sprite; with a label it speaks, without one it is decoration. Size "l" is larger."""
    spoken = format_html('role="img" aria-label="{}"', label) if label else SafeString('aria-hidden="true"')
    extra = f" icon-{size}" if size else ""
    href = f"{static('hansa/icons.svg')}#{name}"
    return format_html('<svg class="icon{}" {}><use href="{}"/></svg>', extra, spoken, href)


@register.simple_tag
def price(minor: int | str, currency: str, was: int | str | None = None, unit: str = "") -> SafeString:
    """Write what goods cost, struck through what they cost before if that was more."""
    parts = [format_html('<span class="money price-now">{}</span>', money(minor, currency))]
    reduced = bool(was) and int(was or 0) > int(minor)
    if reduced:
        before = format_html(
            '<span class="visually-hidden">{} </span>{}', gettext("before"), money(was, currency)
        )
        parts.append(format_html(' <s class="money price-was">{}</s>', before))
    if unit:
        parts.append(format_html(' <span class="price-unit">{}</span>', unit))
    return format_html(
        '<span class="price{}">{}</span>', " price-reduced" if reduced else "", SafeString("".join(parts))
    )


@register.simple_tag
def stars(value: figures.Figure | str | None, count: int | str | None = None) -> SafeString:
    """Draw five stars filled to a value, spoken as a number; nothing where nobody has rated."""
    if value is None or value == "":
        return SafeString("")
    figure = figures.grouped(Decimal(str(value)), digits=1)
    filled = f"{max(0.0, min(5.0, float(value))) * 20:.1f}%"
    many = (
        format_html(
            '<span class="rating-count" aria-hidden="true">({})</span><span class="visually-hidden">{}</span>',
            quantity(int(count)),
            ratings(int(count)),
        )
        if count not in (None, "")
        else ""
    )
    return format_html(
        '<span class="rating"><svg class="stars" viewBox="0 0 108 20" role="img" aria-label="{label}">'
        '<use class="stars-empty" href="#stars" width="108" height="20"/>'
        '<svg class="stars-full" width="{filled}" height="20"><use href="#stars" width="108" height="20"/></svg></svg>'
        '<span aria-hidden="true">{figure}</span>{many}</span>',
        label=gettext("%(stars)s of 5 stars") % {"stars": figure},
        filled=filled,
        figure=figure,
        many=many,
    )


@register.simple_tag
def product_art(category: str, seed: int, cover: str = "") -> SafeString:
    """Show goods by their own picture; those without are drawn as their category, the same for the same number."""
    if cover:
        small = pictures.url_of(cover, Size.SMALL)
        return format_html('<img src="{}" alt="" width="320" height="320" loading="lazy">', small)
    return SafeString(art.product_art(str(category or ""), int(seed or 0)))


@register.simple_tag
def picture(digest: str, alt: str, *, first: bool = False) -> SafeString:
    """Show a picture large, for the browser to choose the size; the first of a page is fetched at once."""
    return format_html(
        '<img src="{}" srcset="{}" sizes="(min-width: 48rem) 45vw, 100vw" alt="{}"{}>',
        pictures.url_of(digest, Size.MEDIUM),
        pictures.sources_of(digest),
        alt,
        SafeString("" if first else ' loading="lazy"'),
    )


@register.simple_tag
def thumbnail(digest: str, alt: str) -> SafeString:
    """Show a picture small, as a link to the large one."""
    small, large = pictures.url_of(digest, Size.SMALL), pictures.url_of(digest, Size.LARGE)
    return format_html(
        '<a href="{}"><img src="{}" alt="{}" loading="lazy"></a>', large, small, alt or gettext("Picture")
    )


@register.simple_tag
def brand_art(name: str, seed: int = 0) -> SafeString:
    """Draw the arms of a merchant or a platform."""
    return SafeString(art.brand_art(str(name or ""), int(seed or 0)))


@register.simple_tag
def sparkline(values: Sequence[figures.Figure], label: str = "") -> SafeString:
    """Draw a small curve without axes."""
    return charts.sparkline(values, label)


def _whole(value: int | str) -> int:
    """Read back minor units that went through a component's attribute as text: minor="{{ good.price }}"."""
    return int(value) if isinstance(value, str) and value.removeprefix("-").isdecimal() else value  # type: ignore[return-value]


def _attribute(name: str, value: object) -> SafeString:
    if value is True:
        return conditional_escape(name)
    return format_html('{}="{}"', name, value)
