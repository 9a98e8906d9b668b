"""A copy of everything that is kept of a person: JSON for machines and one readable page, in a zip."""

from __future__ import annotations

import base64
import io
import json
import zipfile
from datetime import datetime
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext

from hansa.commerce.privacy.register import HOLDINGS, Person

Table = list[dict[str, Any]]


def archive_of(person: Person, *, language: str, now: datetime) -> bytes:
    """Pack a person's rows; runs in a scope that sees every platform."""
    tables = [(each, _rows(each.rows(person).values(*each.shown))) for each in HOLDINGS]
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        body = {"made_at": now, "tables": {f"{each.model}: {each.title}": rows for each, rows in tables}}
        text = json.dumps(body, cls=DjangoJSONEncoder, ensure_ascii=False, indent=2)
        archive.writestr("my-data.json", text)
        with translation.override(language):
            said = [
                {
                    "title": gettext(each.title),
                    "columns": each.shown,
                    "rows": [list(row.values()) for row in rows],
                }
                for each, rows in tables
            ]
            page = render_to_string("account/copy.html", {"tables": said, "now": now, "language": language})
            archive.writestr("my-data.html", page)
    return packed.getvalue()


def _rows(values: Any) -> Table:
    return [{name: _written(value) for name, value in row.items()} for row in values]


def _written(value: Any) -> Any:
    """A value as JSON can hold it: pictures as letters."""
    return base64.b64encode(bytes(value)).decode() if isinstance(value, bytes | memoryview) else value
