"""The root of all routes: the platform's own, and those of the apps above, which are named in routes.py."""

from django.conf import settings
from django.contrib import admin
from django.urls import include, path, re_path
from django.views.generic import RedirectView

from config.inbox.views import door, transfer_door
from config.ops.docs import DocsView, SchemaView
from config.ops.errors import no_such_path

handler400 = "config.ops.errors.bad_request"
handler403 = "config.ops.errors.permission_denied"
handler404 = "config.ops.errors.page_not_found"
handler500 = "config.ops.errors.server_error"

urlpatterns = [
    path("", RedirectView.as_view(pattern_name="admin:index")),
    path("webhooks/<slug:source>/", door, name="webhook"),
    path("webhooks/transfer/<slug:provider>/", transfer_door, name="transfer-webhook"),
    path("", include("config.ops.urls")),
    path("api/v1/auth/", include("config.accounts.urls")),
    path("api/schema/", SchemaView.as_view(), name="schema"),
    path("api/docs/", DocsView.as_view(), name="docs"),
    path("admin/", admin.site.urls),
    # Each of these starts at the root, so that an app's own page shows its whole paths.
    *(path("", include(module)) for module in settings.URL_MODULES),
    re_path(r"^(?:api|webhooks)/", no_such_path),
]
