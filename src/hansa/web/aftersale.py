"""What the pages of buyers, merchants and operators share after a sale: files that were sent, and files shown."""

from __future__ import annotations

from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse

from hansa.commerce.aftersale.disputes import Word
from hansa.commerce.aftersale.evidence import MOST_FILE_BYTES, Upload
from hansa.commerce.aftersale.models import Dispute, ReturnRequest
from hansa.commerce.aftersale.returns import MOST_PHOTOS
from hansa.web.sentences.aftersale import KINDS, REASONS, SIDES, WISHES


def photos_in(request: HttpRequest) -> list[Upload]:
    """The photos of a form; one more than may be sent is enough to refuse them all."""
    sent = [each for each in request.FILES.getlist("photos") if isinstance(each, UploadedFile)]
    return [_read(each) for each in sent[: MOST_PHOTOS + 1]]


def word_in(request: HttpRequest) -> Word:
    """What somebody says in a dispute, with a file where one was chosen."""
    sent = request.FILES.get("file")
    file = _read(sent) if isinstance(sent, UploadedFile) else None
    return Word(request.POST.get("text", ""), file)


def units_in(request: HttpRequest) -> dict[int, int]:
    """The units that a form asks for of each line; lines with none are left out."""
    asked = {}
    for name, value in request.POST.items():
        line_id = name.removeprefix("units-")
        if name.startswith("units-") and _is_count(line_id) and _is_count(str(value)) and int(str(value)):
            asked[int(line_id)] = int(str(value))
    return asked


def shown_return(found: ReturnRequest) -> dict[str, Any]:
    """A return with its words."""
    return {"found": found, "reason": REASONS[found.reason], "wish": WISHES[found.wish]}


def shown_dispute(found: Dispute) -> dict[str, Any]:
    """A dispute with its words."""
    entries = [(entry, SIDES[entry.side]) for entry in found.entries.all()]
    return {"found": found, "kind": KINDS[found.kind], "entries": entries}


def file_answer(content: bytes, content_type: str, name: str) -> HttpResponse:
    """A file of ours: a picture is shown, anything else is saved."""
    answer = HttpResponse(content, content_type=content_type)
    shown = "inline" if content_type.startswith("image/") else "attachment"
    answer["Content-Disposition"] = f'{shown}; filename="{name.encode("ascii", "replace").decode()}"'
    answer["Cache-Control"] = "private, max-age=3600"
    return answer


def _read(sent: UploadedFile[bytes]) -> Upload:
    return Upload(sent.name or "file", sent.read(MOST_FILE_BYTES + 1))


def _is_count(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) < 10
