"""Django's settings. What an operator may change is in `sokopesa.configuration`; the rest is how the house is built."""

from __future__ import annotations

import dj_database_url
from csp.constants import NONE, SELF

from sokopesa.configuration import CONFIGURATION
from sokopesa.logs import logging_settings

SECRET_KEY = CONFIGURATION.secret_key.get_secret_value()
DEBUG = CONFIGURATION.debug
ALLOWED_HOSTS = CONFIGURATION.allowed_hosts.split(",")

INSTALLED_APPS = [
    "sokopesa.people",
    "sokopesa.ledger",
    "sokopesa.media",
    "sokopesa.catalog",
    "sokopesa.notices",
    "sokopesa.orders",
    "sokopesa.shipping",
    "sokopesa.chat",
    "sokopesa.refunds",
    "sokopesa.payments",
    "sokopesa.payouts",
    "sokopesa.disbursement",
    "sokopesa.settlements",
    "sokopesa.aftersale",
    "sokopesa.reconciliation",
    "sokopesa.faces.storefront",
    "sokopesa.faces.back_office",
    "sokopesa.faces.seller_centre",
    "sokopesa.faces.second_factor",
    *(["sokopesa.demo"] if CONFIGURATION.demo else []),
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "procrastinate.contrib.django",
    "csp",
    "django_htmx",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.messages",
    "django.contrib.postgres",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "servestatic.middleware.ServeStaticMiddleware",
    "django.middleware.gzip.GZipMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
]

ROOT_URLCONF = "sokopesa.urls"
ASGI_APPLICATION = "sokopesa.asgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "sokopesa.faces.storefront.context.site",
            ],
        },
    }
]

_database = dj_database_url.parse(CONFIGURATION.database_url)
DATABASES = {
    "default": {
        **_database,
        "CONN_MAX_AGE": 0,
        "OPTIONS": {
            **_database.get("OPTIONS", {}),
            "prepare_threshold": 5,  # any number: `sokopesa.kernel.database.fetch` says which statements are prepared
            # While the database is away a pool doubles its waits between tries, up to minutes, unless it soon gives up:
            # then it tries anew for whoever comes next.
            "pool": {
                "min_size": 1,
                "max_size": CONFIGURATION.database_pool_size,
                "timeout": 10,
                "reconnect_timeout": 5,
            },
        },
    }
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "people.User"
AUTHENTICATION_BACKENDS = ["sokopesa.faces.storefront.accounts.People"]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "storefront:home"
ACCOUNT_ADAPTER = "sokopesa.faces.storefront.accounts.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"phone"}
ACCOUNT_SIGNUP_FIELDS = ["phone*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_LOGIN_BY_CODE_FORMAT = {"numeric": True, "length": 6, "dashed": False}
ACCOUNT_LOGIN_BY_CODE_TIMEOUT = 15 * 60
ACCOUNT_LOGIN_BY_CODE_MAX_ATTEMPTS = 5
ACCOUNT_LOGIN_BY_CODE_SUPPORTS_RESEND = 4
ACCOUNT_LOGIN_TIMEOUT = 60 * 60
ACCOUNT_RATE_LIMITS = {
    "request_login_code": "100/10m/ip,5/10m/key,20/d/key",  # many phones share a mobile network's address
    "login_failed": "10/h/key",
    "prove_email": "5/h/user,3/h/key",
}
ACCOUNT_SESSION_REMEMBER = True
MFA_ADAPTER = "sokopesa.faces.storefront.accounts.FactorAdapter"

ALLAUTH_TRUSTED_PROXY_COUNT = CONFIGURATION.trusted_proxies

LANGUAGE_CODE = "en"
USE_I18N = True
USE_TZ = True
TIME_ZONE = "Africa/Nairobi"

STATIC_URL = "/static/"
STATIC_ROOT = CONFIGURATION.static_root
SERVESTATIC_USE_FINDERS = STATIC_ROOT is None
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if STATIC_ROOT is None
        else "sokopesa.static_files.StaticFiles"
    },
}

# Shared by all processes, so that a limit on sign-in codes is one limit however many processes serve.
# It must never forget one to make room for another; there is an entry for each number and address that asks for a code.
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "cache",
        "OPTIONS": {"MAX_ENTRIES": 1_000_000},
    }
}

SESSION_COOKIE_AGE = 60 * 60 * 24 * 30
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = CONFIGURATION.secure
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if CONFIGURATION.trusted_proxies else None
SECURE_SSL_REDIRECT = CONFIGURATION.secure
SECURE_HSTS_SECONDS = 60 * 60 * 24 * 365 if CONFIGURATION.secure else 0
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "img-src": [SELF, "data:"],
        "object-src": [NONE],
        "base-uri": [SELF],
        "frame-ancestors": [NONE],
        "form-action": [SELF],
    }
}

PROCRASTINATE_AUTODISCOVER_MODULE_NAME = "jobs"
EMAIL_BACKEND = "django.core.mail.backends.console.EmailBackend"  # ours are carried by `sokopesa.notices.mail`

LOGGING = logging_settings(debug=DEBUG)
