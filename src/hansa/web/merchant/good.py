"""The desk's page of one good: what is said of it, and its pictures. What another merchant offers too waits for a word."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from hansa.commerce.accounts.policy import Permission
from hansa.commerce.catalogue import edits, facts
from hansa.commerce.catalogue import selectors as catalogue
from hansa.commerce.catalogue.models import Listing, ProductEdit
from hansa.commerce.media import services as media
from hansa.commerce.media.encoding import MOST_BYTES
from hansa.foundation.http_errors import status_of
from hansa.kernel.errors import HansaError, InvalidInput
from hansa.web.merchant.desk import Desk, desk_page, show
from hansa.web.requested import is_number
from hansa.web.shown_edits import rows_of
from hansa.web.templatetags.words import category_name, sentence

WORDS = ("title", "title_zh", "brand", "category", "gtin", "description")


class GoodForm(forms.Form):
    """What is said of a product, the same for every merchant who offers it."""

    title = forms.CharField(label=gettext_lazy("Name"), max_length=facts.LONGEST["title"])
    title_zh = forms.CharField(
        label=gettext_lazy("Name in Chinese"), max_length=facts.LONGEST["title_zh"], required=False
    )
    brand = forms.CharField(label=gettext_lazy("Brand"), max_length=facts.LONGEST["brand"], required=False)
    category = forms.ChoiceField(label=gettext_lazy("Category"))
    gtin = forms.CharField(label="GTIN", max_length=20, required=False)
    description = forms.CharField(
        label=gettext_lazy("Description"),
        max_length=facts.LONGEST["description"],
        required=False,
        widget=forms.Textarea(attrs={"rows": 5}),
    )

    def __init__(self, data: Mapping[str, Any] | None, *, initial: Mapping[str, Any]) -> None:
        super().__init__(data, initial=dict(initial), label_suffix="")
        category = self.fields["category"]
        assert isinstance(category, forms.ChoiceField)
        category.choices = [
            (each.slug, f"{'– ' * depth}{category_name(each)}") for each, depth in catalogue.category_tree()
        ]


@require_http_methods(["GET", "POST"])
@desk_page(Permission.RUN_MERCHANT)
def page(request: HttpRequest, desk: Desk, listing_id: int) -> HttpResponse:
    """What is said of a good; POST asks for a change of its words, for new pictures, or for another order of them."""
    listing = catalogue.get_own_listing(**desk.where, listing_id=listing_id)
    asked = _asked(listing, desk)
    is_wording = request.POST.get("do") == "words"
    form = GoodForm(request.POST if is_wording else None, initial={name: asked[name] for name in WORDS})
    status = 200
    if request.method == "POST":
        status = 422
        if not is_wording or form.is_valid():
            try:
                edit = _ask(request, desk, listing, form.cleaned_data if is_wording else {}, asked)
            except HansaError as refusal:
                messages.error(request, sentence(refusal.message))
                status = status_of(refusal)
            else:
                _tell(request, edit)
                return redirect("merchant:good", desk.visit.platform.code, desk.merchant.pk, listing_id)
    context = {
        "listing": listing,
        "form": form,
        "pictures": asked["pictures"],
        "most_pictures": facts.MOST_PICTURES,
        "is_shared": edits.is_shared(product_id=listing.product_id, merchant_id=desk.merchant.pk),
        "edits": rows_of(edits.edits_of_product(**desk.where, product_id=listing.product_id)),
    }
    return show(request, desk, "good", context, status=status)


def _asked(listing: Listing, desk: Desk) -> facts.Facts:
    """What the merchant wants the product to say: what it says, and over it what still waits."""
    said = facts.of(listing.product)
    for edit in edits.edits_of_product(**desk.where, product_id=listing.product_id):
        if edit.state == ProductEdit.State.WAITING:
            said |= edit.after
    return said


def _ask(
    request: HttpRequest, desk: Desk, listing: Listing, words: dict[str, Any], asked: facts.Facts
) -> ProductEdit:
    wanted: dict[str, Any] = dict(words)
    if request.FILES:
        wanted = {"pictures": [*asked["pictures"], *_taken_in(request, desk)]}
    elif request.POST.get("do") == "pictures":
        wanted = {"pictures": _arranged(request, asked["pictures"])}
    return edits.propose(
        actor=desk.actor, **desk.where, product_id=listing.product_id, wanted=wanted, now=desk.visit.now
    )


def _taken_in(request: HttpRequest, desk: Desk) -> list[dict[str, str]]:
    files = request.FILES.getlist("pictures")
    if len(files) > facts.MOST_PICTURES:
        raise InvalidInput(f"a product has at most {facts.MOST_PICTURES} pictures")
    # One byte more than may be: the size that the browser gave is not what counts.
    return [
        {"digest": media.take_in(_bytes_of(file), now=desk.visit.now).digest, "alt": "", "alt_zh": ""}
        for file in files
    ]


def _bytes_of(file: UploadedFile[Any]) -> bytes:
    return bytes(file.read(MOST_BYTES + 1))


def _arranged(request: HttpRequest, pictures: list[dict[str, str]]) -> list[dict[str, str]]:
    """The pictures with the words typed beside them, in the order of the numbers typed, without those crossed out."""
    placed = []
    for number, each in enumerate(pictures):
        digest = each["digest"]
        if request.POST.get(f"remove-{digest}"):
            continue
        place = request.POST.get(f"place-{digest}", "")
        words = {key: request.POST.get(f"{key}-{digest}", each[key]) for key in ("alt", "alt_zh")}
        placed.append((int(place) if is_number(place) else number, number, {"digest": digest, **words}))
    return [each for _place, _number, each in sorted(placed, key=lambda one: one[:2])]


def _tell(request: HttpRequest, edit: ProductEdit) -> None:
    if edit.state == ProductEdit.State.APPLIED:
        messages.success(request, _("Saved."))
    else:
        messages.info(request, _("Another merchant offers this too, so the platform looks at it first."))
