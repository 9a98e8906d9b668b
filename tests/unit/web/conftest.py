"""Templates need Django's settings, not its database: the real ones where they are set up, else the least that renders."""

from __future__ import annotations

import os

import django
from django.conf import settings

LEAST = {
    "SECRET_KEY": "for tests of templates only",
    "INSTALLED_APPS": [
        "django.contrib.auth",
        "django.contrib.contenttypes",
        "django.contrib.staticfiles",
        "django_cotton",
        "js_lib_leaflet",
        "django_htmx",
        "unfold",
        "hansa.web",
    ],
    "TEMPLATES": [
        {
            "BACKEND": "django.template.backends.django.DjangoTemplates",
            "APP_DIRS": True,
            "OPTIONS": {"builtins": ["hansa.web.templatetags.hansa"]},
        }
    ],
    "STATIC_URL": "/static/",
    "LANGUAGES": [("en", "English"), ("zh-hans", "简体中文")],
    "USE_I18N": True,
    "USE_TZ": True,
    "ROOT_URLCONF": "django.conf.urls.i18n",
}

if not settings.configured and "DJANGO_SETTINGS_MODULE" not in os.environ:
    settings.configure(**LEAST)
django.setup()
