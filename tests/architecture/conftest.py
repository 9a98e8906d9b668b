"""Django stands before any model is imported; no test here asks a database."""

from __future__ import annotations

import django

django.setup()
