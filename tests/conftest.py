"""What all tests stand on, set before anybody reads the settings: whichever folder is collected first."""

from __future__ import annotations

import os
import secrets
import tempfile

from hypothesis import HealthCheck, settings

# Keys and the lake of a test must not lie beside those of the checkout.
_state = tempfile.TemporaryDirectory(prefix="hansa-test-state-")

os.environ["DJANGO_SETTINGS_MODULE"] = "hansa.config.settings"
os.environ["HANSA_STATE_DIR"] = _state.name
os.environ.setdefault("HANSA_SECRET_KEY", secrets.token_urlsafe(40))  # the web does not start without one
os.environ.setdefault("HANSA_DEMO_LOGINS", "1")
# Desks are tested by who may sit there; tests/integration/accounts/test_second_factor.py asks for the factor.
os.environ.setdefault("HANSA_SECOND_FACTOR_FOR", "nobody")
# What a test changed is looked at at once; tests/integration/storefront/test_keeping.py asks for pages that are kept.
os.environ.setdefault("HANSA_PAGES_KEPT_S", "0")

# A machine that does other work is no reason to fail: whether a property holds has nothing to do with the clock.
settings.register_profile("hansa", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("hansa")
