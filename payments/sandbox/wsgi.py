"""The sandbox as a WSGI application; importing it starts its background threads."""

from __future__ import annotations

import os

from django.core.wsgi import get_wsgi_application

from payments.sandbox.engine import engine

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "payments.sandbox.settings")
application = get_wsgi_application()
engine().start()
