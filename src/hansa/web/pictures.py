"""Pictures of goods, as the shop serves them: by digest, so that what was fetched once is never asked for again."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_safe

from hansa.commerce.media import selectors as media
from hansa.commerce.media.encoding import EDGES, Size

_KINDS = {"webp": "image/webp", "jpg": "image/jpeg"}
_FOR_EVER = "public, max-age=31536000, immutable"


@require_safe
def picture(request: HttpRequest, digest: str, size: str, form: str) -> HttpResponse:
    """One size of a picture. Nothing in it can run, whatever a browser takes it for."""
    answer = HttpResponse(media.content_of(f"{digest}/{size}.{form}"), content_type=_KINDS[form])
    answer.headers["Cache-Control"] = _FOR_EVER
    answer.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    answer.headers["X-Content-Type-Options"] = "nosniff"
    return answer


def url_of(digest: str, size: Size, form: str = "webp") -> str:
    """Where a size of a picture is."""
    return reverse("picture", args=[digest, size.value, form])


def sources_of(digest: str) -> str:
    """Every size with its width, for a browser to choose from."""
    return ", ".join(f"{url_of(digest, size)} {edge}w" for size, edge in EDGES.items())
