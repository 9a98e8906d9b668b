"""Templates need Django's settings and apps, not its database."""

from __future__ import annotations

import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "hansa.config.settings")
django.setup()
