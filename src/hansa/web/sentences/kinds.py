"""What a promotion is, what it gives and who pays for it, in the reader's words."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from hansa.commerce.promotions.domain import WHOLE, Kind, Rule
from hansa.web.templatetags.hansa import money

KINDS = {
    Kind.PERCENT: gettext_lazy("Per cent off"),
    Kind.AMOUNT: gettext_lazy("Amount off"),
    Kind.BUY_X_GET_Y: gettext_lazy("Buy some, get some"),
    Kind.TIERED: gettext_lazy("More for less"),
    Kind.BUNDLE: gettext_lazy("Bundle"),
    Kind.FREE_DELIVERY: gettext_lazy("Free delivery"),
    Kind.FLASH: gettext_lazy("Flash sale"),
    Kind.GROUP: gettext_lazy("Group buy"),
}


def kind_text(rule: Rule, currency: str) -> str:
    """What a promotion gives, with its figures."""
    if rule.kind is Kind.AMOUNT:
        return _("%(amount)s off") % {"amount": money(rule.amount, currency)}
    if rule.kind is Kind.BUY_X_GET_Y:
        return _("Buy %(buy)s, get %(get)s free") % {"buy": rule.buy, "get": rule.get}
    if rule.kind is Kind.TIERED:
        steps = [_step(tier.from_units, tier.percent_bp) for tier in rule.tiers]
        return _("; ").join(steps)
    if rule.kind is Kind.BUNDLE:
        return _("Together for %(amount)s") % {"amount": money(rule.amount, currency)}
    if rule.kind is Kind.FREE_DELIVERY:
        return _("Free delivery")
    percent = {"percent": f"{rule.percent_bp / 100:g}"}
    if rule.kind is Kind.GROUP:
        return _("%(percent)s%% off for buyers in a group") % percent
    return _("%(percent)s%% off") % percent


def funder_text(platform_share_bp: int, *, platform: str, merchant: str) -> str:
    """Who pays for a discount."""
    if platform_share_bp == WHOLE:
        return _("Paid by %(name)s") % {"name": platform}
    if platform_share_bp == 0:
        return _("Paid by %(name)s") % {"name": merchant}
    return _("Paid by %(merchant)s and %(platform)s together") % {"merchant": merchant, "platform": platform}


def _step(units: int, percent_bp: int) -> str:
    return _("from %(units)s: %(percent)s%% off") % {"units": units, "percent": f"{percent_bp / 100:g}"}
