"""What the floors below say in English, said in the reader's language.

Engines, services and providers know neither Django nor the reader: they write one English sentence with its values in
it, and some of these are kept for months. The sentences are listed here as patterns, ``"there is no plan %(plan)s"``;
a text is recognised by its pattern, its values are taken out of it and put into the translation. A text that nobody
listed stays as it is. Names of placeholders that mean more than their letters are in ``_SAID``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import lru_cache

from django.utils.dateparse import parse_date
from django.utils.formats import date_format
from django.utils.translation import gettext, gettext_lazy, pgettext_lazy

from hansa.web.sentences.promises import PROMISES
from hansa.web.sentences.refusals import REFUSALS
from hansa.web.sentences.remarks import REMARKS
from hansa.web.sentences.states import state_text

_BETWEEN = "; "  # what an engine puts between two sentences that belong together; no value contains it
_PLACEHOLDER = re.compile(r"%\((\w+)\)s")

_RIGHTS = {
    "see merchant": gettext_lazy("see the merchant's desk"),
    "run merchant": gettext_lazy("run the merchant's business"),
    "see platform": gettext_lazy("see the platform's desk"),
    "run platform": gettext_lazy("run the platform"),
    "plan routes": gettext_lazy("plan tours"),
    "see alliance": gettext_lazy("see the alliance's desk"),
    "run alliance": gettext_lazy("run the alliance"),
    "give platform roles": gettext_lazy("give the platform's roles"),
    "give merchant roles": gettext_lazy("give the merchant's roles"),
    "give alliance roles": gettext_lazy("give the alliance's roles"),
}
_ROLES = {
    "operator": pgettext_lazy("role", "operator"),
    "dispatcher": pgettext_lazy("role", "dispatcher"),
    "merchant": pgettext_lazy("role", "owner of a merchant's desk"),
    "steward": pgettext_lazy("role", "steward"),
}
_HOUSES = {
    "Alipay": gettext_lazy("Alipay"),
    "WeChat Pay": gettext_lazy("WeChat Pay"),
    "the sandbox provider": gettext_lazy("the sandbox provider"),
}
_STEPS = {
    "pay": pgettext_lazy("step", "be paid"),
    "ship": pgettext_lazy("step", "be sent"),
    "deliver": pgettext_lazy("step", "be delivered"),
    "cancel": pgettext_lazy("step", "be cancelled"),
}


def in_readers_words(text: str) -> str:
    """Say a text of the floors below in the reader's language; one that nobody listed stays as it is."""
    whole = _said(text)
    if whole is not None:
        return whole
    parts = [_said(part) for part in text.split(_BETWEEN)]
    return gettext("; ").join(part for part in parts if part) if all(parts) else text


def pattern_of(text: str) -> str | None:
    """The listed sentence that a text is made of, the most exact where several fit; None where none does."""
    found = _recognised(text)
    return found[0] if found else None


def _said(text: str) -> str | None:
    found = _recognised(text)
    if found is None:
        return None
    sentence, values = found
    translated = gettext(sentence)
    if translated == sentence:
        return text  # the reader's language is the one it was written in
    return translated % {name: _SAID.get(name, str)(value) for name, value in values.items()}


@lru_cache(maxsize=2_048)
def _recognised(text: str) -> tuple[str, Mapping[str, str]] | None:
    for sentence, pattern in _patterns():
        if match := pattern.fullmatch(text):
            return sentence, match.groupdict()
    return None


@lru_cache(maxsize=1)
def _patterns() -> list[tuple[str, re.Pattern[str]]]:
    """Every sentence with its pattern, the one with the most letters of its own first."""
    known = sorted({*REFUSALS, *PROMISES, *REMARKS}, key=lambda each: -len(_PLACEHOLDER.sub("", each)))
    return [(sentence, _pattern(sentence)) for sentence in known]


def _pattern(sentence: str) -> re.Pattern[str]:
    pieces = _PLACEHOLDER.split(sentence)  # text, name, text, name, …, text
    written = [
        f"(?P<{piece}>(?:(?!{_BETWEEN}).)+?)" if at % 2 else re.escape(piece.replace("%%", "%"))
        for at, piece in enumerate(pieces)
    ]
    return re.compile("".join(written), re.DOTALL)


def _day(value: str) -> str:
    day = parse_date(value) if re.fullmatch(r"\d{4}-\d\d-\d\d", value) else None
    return date_format(day) if day else value


_SAID: dict[str, Callable[[str], str]] = {
    "day": _day,
    "house": lambda value: str(_HOUSES.get(value, value)),
    "next": state_text,
    "permission": lambda value: str(_RIGHTS.get(value, value)),
    "role": lambda value: str(_ROLES.get(value, value)),
    "said": in_readers_words,
    "state": state_text,
    "step": lambda value: str(_STEPS.get(value, value)),
}
