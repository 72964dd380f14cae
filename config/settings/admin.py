"""The look and the menus of the operator site."""

UNFOLD = {
    "SITE_TITLE": "Holdfast",
    "SITE_HEADER": "Holdfast",
    "SITE_SUBHEADER": "Payments back office",
    "LOGIN": {"form": "config.accounts.forms.OperatorLoginForm"},
    "SHOW_HISTORY": False,
    "SHOW_VIEW_ON_SITE": False,
    "DASHBOARD_CALLBACK": "config.admin.dashboard.dashboard",
    "SIDEBAR": {"show_search": False, "show_all_applications": False, "navigation": "config.admin.menu.navigation"},
}
