"""The operator site itself: who enters, and the pages that belong to no model."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, URLResolver, path, reverse
from unfold.sites import UnfoldAdminSite

from config.accounts.models import User
from config.accounts.profile import UnknownTimeZone, set_time_zone
from config.admin.finding import pages_for
from config.admin.profile import ProfileForm
from config.kernel.clock import now


class OperatorSite(UnfoldAdminSite):
    """Only active staff enter; what each of them finds follows from the one table of permissions."""

    index_template = "holdfast/dashboard.html"
    index_title = "Overview"
    password_change_template = "holdfast/password.html"  # noqa: S105 - a template
    password_change_done_template = "holdfast/password_done.html"  # noqa: S105 - a template
    enable_nav_sidebar = True

    def get_urls(self) -> list[URLPattern | URLResolver]:
        return [
            path("find/", self.admin_view(self.find), name="find"),
            path("profile/", self.admin_view(self.profile), name="profile"),
            *super().get_urls(),
        ]

    def app_index(self, request: HttpRequest, app_label: str, extra_context: Any = None) -> HttpResponse:
        """There is no page per app: how the code is cut is no operator's business."""
        del request, app_label, extra_context
        return HttpResponseRedirect(reverse("admin:index"))

    def search(self, request: HttpRequest) -> HttpResponse:
        """Unfold's search would look through every column of every model."""
        raise Http404

    def autocomplete_view(self, request: HttpRequest) -> HttpResponse:
        """No form of ours completes anything."""
        raise Http404

    def find(self, request: HttpRequest) -> HttpResponse:
        """Opens what an id names: ours or a gateway's, or an e-mail address."""
        term = request.GET.get("q", "").strip()[:255]
        found = pages_for(term, site=self, request=request) if term else []
        if len(found) == 1:
            return HttpResponseRedirect(found[0].url)
        context = {**self.each_context(request), "title": "Find", "term": term, "found": found}
        return TemplateResponse(request, "holdfast/find.html", context)

    def profile(self, request: HttpRequest) -> HttpResponse:
        """An operator's own settings: the zone in which they read times."""
        user = request.user
        if not isinstance(user, User):
            raise Http404
        form = ProfileForm(request.POST or None, initial={"time_zone": user.time_zone})
        if request.method == "POST" and form.is_valid():
            try:
                set_time_zone(user=user, time_zone=form.cleaned_data["time_zone"], actor=user.actor, at=now())
            except UnknownTimeZone as refused:
                form.add_error("time_zone", refused.detail)
            else:
                messages.success(request, f"Times are shown in {form.cleaned_data['time_zone']} from now on.")
                return HttpResponseRedirect(reverse("admin:profile"))
        context = {**self.each_context(request), "title": "My profile", "form": form, "operator": user}
        return TemplateResponse(request, "holdfast/profile.html", context)
