"""Routes of the catalogue and of orders, whole from the root."""

from django.urls import path

from orders.catalog.api import ProductsView, ProductView
from orders.order.api import DeliverView, OrdersView, OrderView
from orders.order.views import follow
from orders.tickets import api as tickets

urlpatterns = [
    path("orders/<str:order_id>", follow, name="follow"),
    path("api/v1/products/", ProductsView.as_view(), name="products"),
    path("api/v1/products/<str:product_id>/", ProductView.as_view(), name="product"),
    path("api/v1/orders/", OrdersView.as_view(), name="orders"),
    path("api/v1/orders/<str:order_id>/", OrderView.as_view(), name="order"),
    path("api/v1/orders/<str:order_id>/deliver/", DeliverView.as_view(), name="order-deliver"),
    path("api/v1/tickets/", tickets.TicketsView.as_view(), name="tickets"),
    path("api/v1/tickets/<str:ticket_id>/", tickets.TicketView.as_view(), name="ticket"),
    path("api/v1/tickets/<str:ticket_id>/void/", tickets.VoidView.as_view(), name="ticket-void"),
    path("api/v1/tickets/<str:ticket_id>/relist/", tickets.RelistView.as_view(), name="ticket-relist"),
    path("api/v1/tickets/<str:ticket_id>/transfer/", tickets.TransferView.as_view(), name="ticket-transfer"),
    path("api/v1/tickets/<str:ticket_id>/proof/", tickets.ProofView.as_view(), name="ticket-proof"),
    path("api/v1/tickets/<str:ticket_id>/withdraw/", tickets.WithdrawView.as_view(), name="ticket-withdraw"),
    path("api/v1/tickets/<str:ticket_id>/confirm/", tickets.ConfirmView.as_view(), name="ticket-confirm"),
    path("api/v1/tickets/<str:ticket_id>/reveal/", tickets.RevealView.as_view(), name="ticket-reveal"),
]
