"""Gathers the pages of the operator site. Lines and prices have none: they stand on their order's and product's."""

from django.contrib import admin

from orders.catalog.admin import ProductAdmin
from orders.catalog.models import Product
from orders.fulfilment.admin import FulfilmentAdmin
from orders.fulfilment.models import Fulfilment
from orders.order.admin import OrderAdmin
from orders.order.models import Order

admin.site.register(Product, ProductAdmin)
admin.site.register(Order, OrderAdmin)
admin.site.register(Fulfilment, FulfilmentAdmin)
