"""Django stands before any model is imported; no test here asks a database."""

from __future__ import annotations

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "hansa.config.settings")

import django

django.setup()
