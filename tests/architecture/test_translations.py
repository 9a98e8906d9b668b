"""Every text of the pages has its Chinese, and the compiled catalogue is the written one."""

from __future__ import annotations

import gettext
from io import BytesIO
from pathlib import Path

import pytest

from tools import translations
from tools.translations import Entry, Words


def an_entry(**said: str | bool) -> Entry:
    values: dict[str, str | bool] = {
        "context": "",
        "singular": "%(count)s good",
        "plural": "%(count)s goods",
        "translation": "%(count)s 种商品",
    }
    return Entry(**{**values, **said})  # type: ignore[arg-type]  # the fields are str but for is_fuzzy


def test_every_text_of_the_pages_is_translated() -> None:
    assert translations.complaints(translations.words_in_use(), translations.read_catalogue()) == []


def test_the_compiled_catalogue_is_what_the_written_one_says() -> None:
    assert translations.COMPILED.read_bytes() == translations.compiled(translations.read_catalogue())


def test_python_reads_the_compiled_catalogue_as_it_was_written() -> None:
    read = gettext.GNUTranslations(BytesIO(translations.COMPILED.read_bytes()))

    for entry in filter(lambda entry: entry.translation, translations.read_catalogue()):
        key = f"{entry.context}\x04{entry.singular}" if entry.context else entry.singular
        found = read.ngettext(key, entry.plural, 2) if entry.plural else read.gettext(key)
        assert found == entry.translation


def test_texts_are_found_in_templates_and_in_python(tmp_path: Path) -> None:
    (tmp_path / "page.html").write_text(
        '{% load i18n %}<c-card title="{% translate "Your cart" %}">{% translate "Open" context "shop" %}'
        "{% blocktranslate count count=n %}{{ count }} good{% plural %}{{ count }} goods{% endblocktranslate %}"
        '{% translate "50% off" %}{{ x|default:_("None") }}</c-card>{# {% translate "Not shown" %} #}'
    )
    (tmp_path / "views.py").write_text(
        "def view(n, name):\n"
        "    _('Sa' 'ved.'); gettext_lazy('Later'); pgettext('duration', '%d h') % n; _(name)\n"
        "    return ngettext('one %(n)s', 'many %(n)s', n) % {'n': n}\n"
    )

    found = translations.words_in_use(tmp_path)

    assert {key: words.plural for key, words in found.items()} == {
        ("", "Your cart"): "",
        ("shop", "Open"): "",
        ("", "%(count)s good"): "%(count)s goods",
        ("", "50%% off"): "",
        ("", "None"): "",
        ("", "Saved."): "",
        ("", "Later"): "",
        ("duration", "%d h"): "",
        ("", "one %(n)s"): "many %(n)s",
    }


def test_an_f_string_is_refused_because_it_cannot_be_translated(tmp_path: Path) -> None:
    (tmp_path / "views.py").write_text(
        "from django.utils.translation import gettext as _\n_(f'{name} is here')\n"
    )

    with pytest.raises(SystemExit, match=r"views\.py:2: an f-string"):
        translations.words_in_use(tmp_path)


def test_what_is_written_reads_back() -> None:
    entries = [
        an_entry(),
        an_entry(
            context="shop", singular='a "quoted"\nline \\ %(x)s', plural="", translation="“引”\n行 %(x)s"
        ),
    ]
    used = {entry.key: Words(entry.plural, {"page.html"}) for entry in entries}

    read = translations.entries_of(translations.text_of(entries, used))

    assert sorted(read, key=lambda entry: entry.key) == sorted(entries, key=lambda entry: entry.key)


@pytest.mark.parametrize(
    ("fault", "complaint"),
    [
        ({"translation": ""}, "not translated"),
        ({"is_fuzzy": True}, "fuzzy"),
        ({"plural": ""}, "another plural"),
        ({"translation": "%(number)s 种商品"}, "other placeholders"),
        ({"translation": "许多商品"}, "other placeholders"),
        ({"translation": " %(count)s 种商品"}, "blanks around"),
        ({"translation": "商品:%(count)s"}, "half-width punctuation"),
    ],
)
def test_a_faulty_translation_is_named(fault: dict[str, str | bool], complaint: str) -> None:
    used = {("", "%(count)s good"): Words("%(count)s goods", {"page.html"})}

    (said,) = translations.complaints(used, [an_entry(**fault)])[:1]

    assert said.startswith(complaint)


def test_texts_that_only_one_side_knows_are_named() -> None:
    used = {("", "Your cart"): Words("", {"cart.html"})}

    said = translations.complaints(used, [an_entry(singular="Old", plural="", translation="旧")])

    assert said == ["not in the catalogue: 'Your cart' (cart.html)", "no longer used: 'Old'"]


def test_a_fuzzy_or_empty_translation_is_not_compiled() -> None:
    compiled = translations.compiled(
        [
            an_entry(singular="One", plural="", translation="一", is_fuzzy=True),
            an_entry(singular="Two", plural="", translation=""),
            an_entry(singular="Three", plural="", translation="三"),
        ]
    )

    read = gettext.GNUTranslations(BytesIO(compiled))

    assert [read.gettext(text) for text in ("One", "Two", "Three")] == ["One", "Two", "三"]
