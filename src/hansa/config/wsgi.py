"""The web process's entry."""

import os

from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.urls import get_resolver

from hansa.foundation import memory
from hansa.kernel.errors import Unavailable

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "hansa.config.settings")
application = get_wsgi_application()
if settings.SECRET_KEY == settings.NOT_FOR_SERVING:
    raise Unavailable("set HANSA_SECRET_KEY to a long random text: sessions are signed with it")
get_resolver().url_patterns  # noqa: B018 - all pages and the API are loaded now, not in the first request
memory.settle()
