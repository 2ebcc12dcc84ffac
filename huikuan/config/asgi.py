import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "huikuan.config.settings")
_pages = get_asgi_application()

# Only once the applications are loaded can pages be imported.
from huikuan.web.live import LiveStreams  # noqa: E402

application = LiveStreams(_pages)
