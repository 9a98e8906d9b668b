"""Settings of signing in: django-allauth's parts, the second factor, mail, and the providers of OpenID Connect."""

from __future__ import annotations

from typing import Any

from hansa.config import env
from hansa.config.paths import STATE_DIR
from hansa.kernel.errors import InvalidInput

ACCOUNT_APPS = [
    "django.contrib.humanize",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
]
AUTHENTICATION_BACKENDS = ["hansa.commerce.accounts.backends.OnePasswordCheck"]

# Attempts are counted here, so every process of the web must see the same counts.
CACHES = {
    "default": {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "accounts_attempts"}
}

# Who must show a second factor before their roles count; words: staff, merchant, operator, dispatcher, steward.
SECOND_FACTOR_FOR = frozenset(
    env.words("HANSA_SECOND_FACTOR_FOR", ["staff", "merchant", "operator", "dispatcher", "steward"])
) - {"nobody"}

# For how many days a new role counts before its second factor is set up; 0 is from the first moment on.
SECOND_FACTOR_GRACE_DAYS = env.number("HANSA_SECOND_FACTOR_GRACE_DAYS", 0)

ACCOUNT_ADAPTER = "hansa.web.account.adapters.AccountAdapter"
ACCOUNT_FORMS = {
    "login": "hansa.web.account.forms.LoginForm",
    "signup": "hansa.web.account.forms.SignupForm",
}
ACCOUNT_LOGIN_METHODS = {"email", "username"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_UNIQUE_EMAIL = True
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
# A code counts only in the browser that signed up. A link in a mail would let the owner of the address
# confirm an account whose password somebody else chose.
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_ENABLED = True
ACCOUNT_EMAIL_VERIFICATION_SUPPORTS_RESEND = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_MAX_EMAIL_ADDRESSES = 5
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_REAUTHENTICATION_TIMEOUT = 600
ALLAUTH_TRUSTED_PROXY_COUNT = env.number("HANSA_TRUSTED_PROXIES", 0)
PASSWORD_RESET_TIMEOUT = 3600

MFA_ADAPTER = "hansa.web.account.adapters.SecondFactorAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_TOTP_ISSUER = "Hansa"
# Browsers themselves allow passkeys only over TLS and on this machine; the check here must not refuse the latter.
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not env.flag("HANSA_TLS", default=False)

SOCIALACCOUNT_ADAPTER = "hansa.web.account.adapters.ProviderAdapter"
SOCIALACCOUNT_AUTO_SIGNUP = True
SOCIALACCOUNT_STORE_TOKENS = False
# A provider's word for an address never opens an account that exists already: its owner signs in and joins them.
SOCIALACCOUNT_EMAIL_AUTHENTICATION = False
SOCIALACCOUNT_EMAIL_AUTHENTICATION_AUTO_CONNECT = False


def _oidc_app(name: str) -> dict[str, Any]:
    key = f"HANSA_OIDC_{name.upper().replace('-', '_')}"
    needed = {part: env.text(f"{key}_{part}", "") for part in ("SERVER", "CLIENT_ID", "SECRET")}
    missing = [f"{key}_{part}" for part, value in needed.items() if not value]
    if missing:
        raise InvalidInput(f"HANSA_OIDC names {name!r}: set {', '.join(missing)} too")
    return {
        "provider_id": name,
        "name": env.text(f"{key}_NAME", name),
        "client_id": needed["CLIENT_ID"],
        "secret": needed["SECRET"],
        "settings": {"server_url": needed["SERVER"]},
    }


SOCIALACCOUNT_PROVIDERS = {
    "openid_connect": {
        "OAUTH_PKCE_ENABLED": True,
        "APPS": [_oidc_app(name) for name in env.words("HANSA_OIDC", [])],
    }
}

EMAIL_HOST = env.text("HANSA_SMTP_HOST", "")
EMAIL_PORT = env.number("HANSA_SMTP_PORT", 587)
EMAIL_HOST_USER = env.text("HANSA_SMTP_USER", "")
EMAIL_HOST_PASSWORD = env.text("HANSA_SMTP_PASSWORD", "")
EMAIL_USE_TLS = env.flag("HANSA_SMTP_STARTTLS", default=True)
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = env.text("HANSA_MAIL_FROM", "Hansa <no-reply@localhost>")
EMAIL_FILE_PATH = str(STATE_DIR / "mail")
EMAIL_BACKEND = f"django.core.mail.backends.{'smtp' if EMAIL_HOST else 'filebased'}.EmailBackend"
