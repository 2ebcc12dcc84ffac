"""Django settings. Everything an installation decides comes from the environment:

DATABASE_URL        PostgreSQL 18 as the web role; unset: the embedded server in HUIKUAN_HOME
DATABASE_ADMIN_URL  the same database as the owner of the tables (migrations)
HUIKUAN_HOME        data folder (keys, embedded server, uploads)
HUIKUAN_FILES       folder of attached files; default: files in HUIKUAN_HOME
HUIKUAN_FILES_MB    how much an organization may attach altogether, in MB; default 20000
HUIKUAN_HOSTS       comma-separated host names served; default: this machine only
HUIKUAN_SMTP_HOST   the server that sends e-mail, with _PORT (default 587), _USER and _PASSWORD; unset: none is sent
HUIKUAN_MAIL_FROM   the sender of e-mail
HUIKUAN_URL         the address under which others reach the pages, for links in messages: https://ar.example.com
HUIKUAN_DEBUG       1 for development
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from django.utils.functional import lazy
from psycopg.conninfo import conninfo_to_dict

from huikuan.core.postgres import embedded
from huikuan.core.secrets import installation_secret


def _database(url: str | None, *, role: str) -> dict[str, Any]:
    common = {
        "ENGINE": "huikuan.core.postgres.backend",
        "CONN_MAX_AGE": None,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {"application_name": "huikuan"},
    }
    if not url:
        name = os.environ.get("HUIKUAN_DATABASE", "huikuan")
        return {**common, "NAME": name, "USER": role, "EMBEDDED": True}
    parts = conninfo_to_dict(url)
    return {
        **common,
        "NAME": parts.pop("dbname", ""),
        "USER": parts.pop("user", ""),
        "PASSWORD": parts.pop("password", ""),
        "HOST": parts.pop("host", ""),
        "PORT": str(parts.pop("port", "")),
        "OPTIONS": {"application_name": "huikuan", **parts},
    }


PACKAGE = Path(__file__).resolve().parent.parent
HOME = embedded.home()
DEBUG = os.environ.get("HUIKUAN_DEBUG") == "1"
ALLOWED_HOSTS = os.environ.get("HUIKUAN_HOSTS", "localhost,127.0.0.1,[::1]").split(",")
SECRET_KEY = lazy(installation_secret, str)("django")  # made at first use, not by reading settings

DATABASES = {
    "default": _database(os.environ.get("DATABASE_URL"), role="huikuan_web"),
    "admin": _database(
        os.environ.get("DATABASE_ADMIN_URL") or os.environ.get("DATABASE_URL"), role="huikuan_owner"
    ),
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django_htmx",
    "django_vite",
    "axes",
    "procrastinate.contrib.django",
    "huikuan.organizations",
    "huikuan.audit",
    "huikuan.notices",
    "huikuan.files",
    "huikuan.approvals",
    "huikuan.customers",
    "huikuan.messaging",
    "huikuan.ledger",
    "huikuan.disputes",
    "huikuan.credit",
    "huikuan.sales",
    "huikuan.risk",
    "huikuan.cash",
    "huikuan.collection",
    "huikuan.statements",
    "huikuan.books",
    "huikuan.reports",
    "huikuan.warnings",
    "huikuan.integrations",
    "huikuan.web",
    "huikuan.config",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "huikuan.web.onboarding.first_password.FirstPasswordMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "huikuan.web.middleware.ContentSecurityPolicyMiddleware",
    "axes.middleware.AxesMiddleware",
]
ROOT_URLCONF = "huikuan.config.urls"
ASGI_APPLICATION = "huikuan.config.asgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "huikuan.web.shell.shell",
            ]
        },
    }
]

AUTH_USER_MODEL = "organizations.User"
AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "huikuan.web.sign_in.LoginBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "sign-in"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "sign-in"
PASSWORD_RESET_TIMEOUT = 7 * 24 * 3600  # how long an invitation is good
SESSION_COOKIE_AGE = 12 * 3600
SESSION_COOKIE_NAME = "huikuan_session"
CSRF_COOKIE_NAME = "huikuan_csrf"
AXES_FAILURE_LIMIT = 10
AXES_COOLOFF_TIME = 0.25
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_ON_SUCCESS = True
AXES_VERBOSE = False
AXES_USERNAME_CALLABLE = "huikuan.web.sign_in.login_counted"
AXES_LOCKOUT_CALLABLE = "huikuan.web.sign_in.locked_out"

# Without a server to send by nothing is sent, and links are shown only.
EMAIL_HOST = os.environ.get("HUIKUAN_SMTP_HOST", "")
EMAIL_PORT = int(os.environ.get("HUIKUAN_SMTP_PORT", "587"))
EMAIL_HOST_USER = os.environ.get("HUIKUAN_SMTP_USER", "")
EMAIL_HOST_PASSWORD = os.environ.get("HUIKUAN_SMTP_PASSWORD", "")
EMAIL_USE_SSL = EMAIL_PORT == 465
EMAIL_USE_TLS = EMAIL_PORT == 587
EMAIL_TIMEOUT = 10
# Without an address that others reach, messages carry no link to unsubscribe.
PUBLIC_URL = os.environ.get("HUIKUAN_URL", "")
DEFAULT_FROM_EMAIL = os.environ.get("HUIKUAN_MAIL_FROM", "huikuan@localhost")

PROCRASTINATE_AUTODISCOVER_MODULE_NAME = "jobs"
PROCRASTINATE_WORKER_DEFAULTS = {"delete_jobs": "successful"}

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", "简体中文"), ("zh-hant", "繁體中文"), ("en", "English")]
LOCALE_PATHS = [PACKAGE / "locale"]
TIME_ZONE = "Asia/Shanghai"
USE_TZ = True
USE_THOUSAND_SEPARATOR = False

STATIC_URL = "/static/"
# Files are served from the packages they come in, together with what the build compressed beside them.
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = DEBUG
WHITENOISE_ALLOW_ALL_ORIGINS = False
WHITENOISE_IMMUTABLE_FILE_TEST = r"^/static/dist/assets/.+-[\w-]{8}\.\w+$"
DJANGO_VITE = {
    "default": {
        "dev_mode": False,
        "static_url_prefix": "dist",
        "manifest_path": PACKAGE / "web" / "static" / "dist" / "manifest.json",
    }
}
FILES_FOLDER = os.environ.get("HUIKUAN_FILES", "")
FILES_QUOTA = int(os.environ.get("HUIKUAN_FILES_MB", "20000")) * 1024**2
DATA_UPLOAD_MAX_MEMORY_SIZE = 10 * 1024 * 1024
FILE_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
SECURE_CONTENT_TYPE_NOSNIFF = True
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"console": {"class": "logging.StreamHandler"}},
    "root": {"handlers": ["console"], "level": "WARNING"},
    "loggers": {"axes": {"level": "ERROR"}},
}
