"""Routes of the catalogue and of orders, whole from the root."""

from django.urls import path

from orders.catalog.api import ProductsView, ProductView
from orders.order.api import DeliverView, OrdersView, OrderView
from orders.order.views import follow

urlpatterns = [
    path("orders/<str:order_id>", follow, name="follow"),
    path("api/v1/products/", ProductsView.as_view(), name="products"),
    path("api/v1/products/<str:product_id>/", ProductView.as_view(), name="product"),
    path("api/v1/orders/", OrdersView.as_view(), name="orders"),
    path("api/v1/orders/<str:order_id>/", OrderView.as_view(), name="order"),
    path("api/v1/orders/<str:order_id>/deliver/", DeliverView.as_view(), name="order-deliver"),
]
