"""Every setting, read once at the start. Business constants live elsewhere: in `Params` or in rows."""

from __future__ import annotations

from typing import Any

from psycopg.conninfo import conninfo_to_dict

from hansa.config import env
from hansa.config.paths import ROOT, STATE_DIR
from hansa.config.settings_accounts import *  # noqa: F403 - the settings of signing in, in a file of their own
from hansa.config.settings_accounts import ACCOUNT_APPS
from hansa.foundation.database_roles import APP_ROLE, OWNER
from hansa.kernel.errors import InvalidInput

DEBUG = env.flag("HANSA_DEBUG", default=False)
NOT_FOR_SERVING = "not-for-serving"
SECRET_KEY = env.text("HANSA_SECRET_KEY", "")
if not SECRET_KEY:
    # Kept in the state folder by the launcher; a process without one can check and migrate, but not serve.
    secret_file = STATE_DIR / "secret_key"
    SECRET_KEY = secret_file.read_text().strip() if secret_file.exists() else NOT_FOR_SERVING
ALLOWED_HOSTS = env.words("HANSA_ALLOWED_HOSTS", ["127.0.0.1", "localhost", "[::1]"])
CSRF_TRUSTED_ORIGINS = env.words("HANSA_CSRF_TRUSTED_ORIGINS", [])
CORS_ALLOWED_ORIGINS = env.words("HANSA_CORS_ALLOWED_ORIGINS", [])
API_LIMITS = env.flag("HANSA_API_LIMITS", default=True)
# Lets webhooks call addresses of private networks and plain http: for receivers on a network of one's own.
WEBHOOKS_TO_PRIVATE = env.flag("HANSA_WEBHOOKS_TO_PRIVATE", default=False)
# A developer's agent on this machine may be called over plain http. Never where others reach the machine.
UCP_LOOPBACK = env.flag("HANSA_UCP_LOOPBACK", default=False)
# Profiles of agents that are known beforehand: address to profile. They are believed and never fetched.
UCP_PROFILES = env.json_file("HANSA_UCP_PROFILES")
# The demo offers one-click logins of every role. Never set this on a machine that others reach.
DEMO_LOGINS = env.flag("HANSA_DEMO_LOGINS", default=False)

INSTALLED_APPS = [
    "unfold",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.postgres",
    "django.contrib.staticfiles",
    "django_htmx",
    "django_cotton",
    "js_lib_leaflet",
    "ninja",
    "procrastinate.contrib.django",
    *ACCOUNT_APPS,
    "hansa.foundation",
    "hansa.commerce.accounts",
    "hansa.commerce.merchants",
    "hansa.commerce.media",
    "hansa.commerce.catalogue",
    "hansa.commerce.promotions",
    "hansa.commerce.ledger",
    "hansa.commerce.wallets",
    "hansa.commerce.pricing",
    "hansa.commerce.commission",
    "hansa.commerce.stock",
    "hansa.commerce.payments",
    "hansa.commerce.orders",
    "hansa.commerce.payouts",
    "hansa.commerce.behaviour",
    "hansa.commerce.experiments",
    "hansa.commerce.notices",
    "hansa.commerce.reviews",
    "hansa.commerce.following",
    "hansa.commerce.delivery",
    "hansa.commerce.aftersale",
    "hansa.commerce.planning",
    "hansa.commerce.recommendations",
    "hansa.commerce.discovery",
    "hansa.commerce.marketing",
    "hansa.commerce.checkout",
    "hansa.commerce.wishlists",
    "hansa.commerce.ucp",
    "hansa.commerce.importing",
    "hansa.commerce.health",
    "hansa.commerce.privacy",
    "hansa.commerce.webhooks",
    "hansa.alliance",
    "hansa.web",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "hansa.web.middleware.SecurityHeaders",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "hansa.web.middleware.CrossOrigin",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "hansa.web.account.middleware.SecondFactor",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "hansa.web.middleware.Refusals",
]

ROOT_URLCONF = "hansa.config.urls"
OUTBOX_SUBSCRIPTIONS = "hansa.config.subscriptions.SUBSCRIPTIONS"
WSGI_APPLICATION = "hansa.config.wsgi.application"
AUTH_USER_MODEL = "accounts.User"
LOGIN_URL = "web:sign-in"
LOGIN_REDIRECT_URL = "/"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [ROOT / "src/hansa/web/templates"],
        "APP_DIRS": False,
        "OPTIONS": {
            "loaders": [
                (
                    "django.template.loaders.cached.Loader",
                    [
                        "django_cotton.cotton_loader.Loader",
                        "django.template.loaders.filesystem.Loader",
                        "django.template.loaders.app_directories.Loader",
                    ],
                )
            ],
            "builtins": [
                "django_cotton.templatetags.cotton",
                "hansa.web.templatetags.hansa",
                "hansa.web.templatetags.addresses",
                "hansa.web.templatetags.cards",
                "hansa.web.templatetags.words",
            ],
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "hansa.web.context.frame",
            ],
        },
    }
]
COTTON_DIR = "cotton"


def _database(url: str, *, role: str | None) -> dict[str, Any]:
    if not url.startswith(("postgres://", "postgresql://")):
        raise InvalidInput("DATABASE_URL must begin with postgresql://")
    parts: dict[str, Any] = dict(conninfo_to_dict(url))
    options: dict[str, Any] = {"application_name": "hansa"}
    if role:
        # The login may do everything; every connection of the web and the worker gives that up at once.
        # The statements of foundation.statements are planned once: anew each time costs more than they do.
        options["options"] = (
            f"-c role={role} -c plan_cache_mode=force_generic_plan -c lock_timeout=10s"
            " -c idle_in_transaction_session_timeout=60s"
        )
        # psycopg itself prepares nothing (Django's default): after a rollback it would drop our plans with its own.
        options["prepare_threshold"] = None
        options["pool"] = {"min_size": 1, "max_size": env.number("HANSA_DB_POOL", 8), "timeout": 20}
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": parts.get("dbname", "hansa"),
        "USER": parts.get("user", ""),
        "PASSWORD": parts.get("password", ""),
        "HOST": parts.get("host", ""),
        "PORT": parts.get("port", ""),
        "OPTIONS": options,
        "CONN_HEALTH_CHECKS": False,
    }


DATABASE_URL = env.text("DATABASE_URL", "postgresql://hansa@127.0.0.1/hansa")
DATABASES = {
    "default": _database(DATABASE_URL, role=APP_ROLE),
    OWNER: _database(DATABASE_URL, role=None),
}
DATABASE_ROUTERS = ["hansa.foundation.routing.MigrateAsOwner"]

LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("zh-hans", "简体中文")]
LOCALE_PATHS = [ROOT / "src/hansa/web/locale"]
FORMAT_MODULE_PATH = ["hansa.web.formats"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"

STATIC_URL = "/static/"
STATICFILES_DIRS = [ROOT / "src/hansa/web/static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
WHITENOISE_USE_FINDERS = True

# What stands behind the ports of search and pictures, as ``module:attribute``.
SEARCH_ENGINE = env.text("HANSA_SEARCH_ENGINE", "hansa.commerce.catalogue.search.postgres:ENGINE")
MEDIA_STORE = env.text("HANSA_MEDIA_STORE", "hansa.commerce.media.storage:FOLDER")

SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SAMESITE = "Lax"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SERVED_OVER_TLS = env.flag("HANSA_TLS", default=False)
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = SERVED_OVER_TLS
SECURE_HSTS_SECONDS = 31_536_000 if SERVED_OVER_TLS else 0
PAGES_KEPT_S = env.number("HANSA_PAGES_KEPT_S", 10)
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024

AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]

MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": env.text("HANSA_LOG_LEVEL", "INFO")},
    "loggers": {"procrastinate": {"level": "WARNING"}},  # it tells of every job that went well
}
