"""What a notice says, in the language that is active: one sentence, and the letter around it."""

from __future__ import annotations

from collections.abc import Callable

from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_noop as _

from hansa.commerce.notices.models import Notice
from hansa.kernel.money import Money

_SENTENCES = {
    Notice.Kind.ANSWERED: _("Your question about %(good)s has an answer."),
    Notice.Kind.REPLIED: _("%(merchant)s replied to your review of %(good)s."),
    Notice.Kind.TURNED_DOWN: _("What you wrote about %(good)s is not shown: %(reason)s"),
    Notice.Kind.CHEAPER: _("%(good)s on your list now costs %(price)s instead of %(before)s."),
    Notice.Kind.BACK: _("%(good)s on your list can be had again."),
    Notice.Kind.GROUP_FORMED: _(
        "Your group for %(good)s has formed; purchase %(number)s is paid and goes ahead."
    ),
    Notice.Kind.GROUP_FAILED: _(
        "Your group for %(good)s did not come together; purchase %(number)s is cancelled, and nothing is charged."
    ),
}


def sentence(notice: Notice, *, money: Callable[[int, str], str] | None = None) -> str:
    """What happened; pages give their own way to write money."""
    written = money or (lambda minor, currency: str(Money(minor, currency)))
    values = {name: str(value) for name, value in notice.values.items()}
    for name in ("price", "before"):
        if name in notice.values:
            values[name] = written(int(notice.values[name]), str(notice.values["currency"]))
    return gettext(_SENTENCES[Notice.Kind(notice.kind)]) % {"good": _good(notice), **values}


def subject(notice: Notice) -> str:
    """One line that fits a list of mails."""
    return sentence(notice)[:150].replace("\n", " ")


def letter(notice: Notice) -> str:
    """The whole mail: who is spoken to, what happened, where to look, and how to hear less."""
    place = notice.platform.name_zh if get_language() == "zh-hans" else notice.platform.name
    return "\n\n".join(
        (
            gettext("Hello %(name)s,") % {"name": notice.user},
            sentence(notice),
            gettext("You find it among your notices at %(place)s.") % {"place": place},
            gettext("Which mail you get is yours to decide: Your account, Consents."),
        )
    )


def _good(notice: Notice) -> str:
    if notice.listing is None:
        return ""
    product = notice.listing.product
    return product.title_zh if get_language() == "zh-hans" and product.title_zh else notice.listing.title
