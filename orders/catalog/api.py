"""The doors to the catalogue: everybody looks, sellers list and change what is theirs, staff what is anybody's."""

from __future__ import annotations

from typing import Any, cast

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from config.accounts.models import User
from config.accounts.permissions import ANYONE, Allowed, permits, permits_everyone
from config.accounts.roles import Role
from config.idempotency.doors import claim_of, idempotent
from config.idempotency.services import remember_intent
from config.kernel.clock import now
from config.kernel.errors import Forbidden, Invalid, NotFound
from orders.catalog import queries, rules
from orders.catalog.models import Product
from orders.catalog.services import Changes, create_product, keep_gateway_ids, update_product
from orders.fields import WholeNumber


class SellerUnknown(Invalid):
    """Staff name the seller for whom they list a product."""

    code = "seller_unknown"


class PriceAmount(serializers.Serializer):
    currency = serializers.CharField(max_length=3, help_text="ISO 4217")
    amount_minor = WholeNumber(help_text="whole minor units of the currency")


class ProductChange(serializers.Serializer):
    name = serializers.CharField(max_length=rules.MAX_NAME, required=False)
    description = serializers.CharField(max_length=rules.MAX_DESCRIPTION, required=False, allow_blank=True)
    category = serializers.CharField(max_length=60, required=False, allow_blank=True)
    stock = WholeNumber(required=False, help_text="the new count of pieces that may be sold")
    is_active = serializers.BooleanField(required=False)
    prices = PriceAmount(many=True, required=False, help_text="all prices; one that is missing is taken away")
    gateway_ids = serializers.JSONField(
        required=False, help_text='staff only: `{"stripe": {"product": "prod_1", "prices": {"USD": "price_1"}}}`'
    )


class ProductInput(ProductChange):
    sku = serializers.CharField(max_length=64)
    name = serializers.CharField(max_length=rules.MAX_NAME)
    stock = WholeNumber(default=0)
    prices = PriceAmount(many=True)
    seller = serializers.CharField(required=False, max_length=36, help_text="staff only: for whom it is listed")
    is_active = None  # type: ignore[assignment]  # what is listed is sold
    gateway_ids = None  # type: ignore[assignment]  # no gateway knows it yet


class ProductOutput(serializers.Serializer):
    id = serializers.CharField()
    sku = serializers.CharField()
    name = serializers.CharField()
    description = serializers.CharField()
    category = serializers.CharField()
    seller = serializers.CharField()
    stock = serializers.IntegerField()
    is_active = serializers.BooleanField()
    prices = PriceAmount(many=True)
    gateway_ids = serializers.JSONField(allow_null=True, help_text="for staff alone")
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()


class ProductQuery(serializers.Serializer):
    search = serializers.CharField(
        required=False, allow_blank=True, max_length=rules.MAX_SEARCH,
        help_text='words as in a web search (`red -blue "running shoe"`), or the beginning of a SKU',
    )  # fmt: skip
    category = serializers.CharField(required=False, max_length=60)
    seller = serializers.CharField(required=False, max_length=36)
    in_stock = serializers.BooleanField(required=False, allow_null=True, default=None)
    currency = serializers.CharField(required=False, max_length=3, help_text="with a price in this currency")
    min_amount_minor = serializers.IntegerField(required=False, min_value=0, help_text="needs `currency`")
    max_amount_minor = serializers.IntegerField(required=False, min_value=0, help_text="needs `currency`")


def product_json(product: Product, *, for_staff: bool = False) -> dict[str, Any]:
    """A product as the API shows it; what gateways call it is shown to staff alone."""
    return {
        "id": product.public_id,
        "sku": product.sku,
        "name": product.name,
        "description": product.description,
        "category": product.category,
        "seller": product.seller.public_id,
        "stock": product.stock,
        "is_active": product.is_active,
        "prices": [{"currency": price.currency, "amount_minor": price.amount_minor} for price in product.prices.all()],
        "gateway_ids": _gateway_ids(product) if for_staff else None,
        "created_at": product.created_at,
        "updated_at": product.updated_at,
    }


def _gateway_ids(product: Product) -> dict[str, Any]:
    prices = list(product.prices.all())
    accounts = {*product.gateway_product_ids, *(account for price in prices for account in price.gateway_price_ids)}
    return {
        account: {
            "product": product.gateway_product_ids.get(account),
            "prices": {
                price.currency: price.gateway_price_ids[account]
                for price in prices
                if account in price.gateway_price_ids
            },
        }
        for account in sorted(accounts)
    }


def _visible(request: Request) -> QuerySet[Product]:
    """Everybody sees what is on sale, sellers also their own that is not, staff all."""
    if permits_everyone(request, "products.view"):
        return queries.listings()
    if isinstance(request.user, User) and permits(request, "products.view"):
        return queries.on_sale_or_own(seller=request.user)
    return queries.on_sale()


def _prices(given: list[dict[str, Any]]) -> dict[str, int]:
    prices = {price["currency"]: price["amount_minor"] for price in given}
    if len(prices) != len(given):
        raise rules.InvalidProduct("one price per currency", field="prices")
    return prices


class ProductsView(GenericAPIView):
    """Products, newest first."""

    permission_classes = (Allowed(read=ANYONE, write="products.write"),)
    throttle_scope = {"POST": "listing"}
    serializer_class = ProductOutput
    filter_backends = ()
    queryset = Product.objects.none()

    @extend_schema(parameters=[ProductQuery], responses=ProductOutput(many=True), operation_id="products_list")
    def get(self, request: Request) -> Response:
        """What is on sale, found by words or a SKU's beginning, and filtered."""
        asked = ProductQuery(data=request.query_params)
        asked.is_valid(raise_exception=True)
        found = _filtered(_visible(request), asked.validated_data)
        page = self.paginate_queryset(found) or []
        return self.get_paginated_response([product_json(product) for product in page])

    @extend_schema(request=ProductInput, responses={201: ProductOutput}, operation_id="products_create")
    @idempotent(required=False)
    def post(self, request: Request) -> Response:
        """Lists a product."""
        given = ProductInput(data=request.data)
        given.is_valid(raise_exception=True)
        values = given.validated_data
        claim = claim_of(request)
        if claim is not None and claim.intent_id:
            return Response(product_json(queries.listings().get(public_id=claim.intent_id)), status=201)
        with transaction.atomic():
            product = create_product(
                seller=_seller(request, values.get("seller")),
                sku=values["sku"],
                name=values["name"],
                description=values.get("description", ""),
                category=values.get("category", ""),
                stock=values["stock"],
                prices=_prices(values["prices"]),
                actor=_user(request).actor,
                at=now(),
            )
            remember_intent(claim=claim, intent_id=product.public_id)
        return Response(product_json(queries.listings().get(pk=product.pk)), status=201)


class ProductView(GenericAPIView):
    """One product."""

    permission_classes = (Allowed(read=ANYONE, write="products.write"),)
    throttle_scope = {"PATCH": "listing"}
    serializer_class = ProductOutput
    queryset = Product.objects.none()

    @extend_schema(responses=ProductOutput, operation_id="products_retrieve")
    def get(self, request: Request, product_id: str) -> Response:
        """A product that is on sale, or one's own."""
        is_staff = permits_everyone(request, "products.view")
        return Response(product_json(_found(request, product_id), for_staff=is_staff))

    @extend_schema(request=ProductChange, responses=ProductOutput, operation_id="products_update")
    def patch(self, request: Request, product_id: str) -> Response:
        """Changes what is given; the SKU stays, because orders and carts name it."""
        given = ProductChange(data=request.data)
        given.is_valid(raise_exception=True)
        product = _found(request, product_id)
        if product.seller_id != request.user.pk and not permits_everyone(request, "products.write"):
            raise Forbidden("this is another seller's product")
        values = dict(given.validated_data)
        if "prices" in values:
            values["prices"] = _prices(values["prices"])
        is_staff, actor, at = permits_everyone(request, "products.write"), _user(request).actor, now()
        named = values.pop("gateway_ids", None)
        if named is not None and not is_staff:
            raise Forbidden("staff say what gateways call a product", field="gateway_ids")
        with transaction.atomic():
            update_product(product_id=product.pk, changes=Changes(**values), actor=actor, at=at)
            if named is not None:
                ids = rules.clean_gateway_ids(named, accounts=settings.GATEWAY_ACCOUNTS)
                keep_gateway_ids(product_id=product.pk, ids=ids, actor=actor, at=at)
        return Response(product_json(_found(request, product_id), for_staff=is_staff))


def _filtered(products: QuerySet[Product], asked: dict[str, Any]) -> QuerySet[Product]:
    products = queries.matching(products, text=asked.get("search", ""))
    if "category" in asked:
        products = products.filter(category=asked["category"])
    if "seller" in asked:
        products = products.filter(seller__public_id=asked["seller"])
    if asked["in_stock"] is not None:
        products = products.filter(stock__gt=0) if asked["in_stock"] else products.filter(stock=0)
    bounds = {"at_least_minor": asked.get("min_amount_minor"), "at_most_minor": asked.get("max_amount_minor")}
    if "currency" in asked:
        return queries.priced_in(products, currency=rules.clean_currency(asked["currency"]), **bounds)
    if any(bound is not None for bound in bounds.values()):
        raise Invalid("amounts are compared within one currency", field="currency")
    return products


def _found(request: Request, product_id: str) -> Product:
    product = _visible(request).filter(public_id=product_id).first()
    if product is None:
        raise NotFound("there is no such product")
    return product


def _user(request: Request) -> User:
    """Whoever passed a door that is closed to strangers."""
    return cast("User", request.user)


def _seller(request: Request, named: str | None) -> User:
    """Sellers list for themselves; staff name a seller. Raises SellerUnknown, Forbidden."""
    user = _user(request)
    if named is None or named == user.public_id:
        if Role.SELLER not in user.roles:
            raise SellerUnknown(field="seller")
        return user
    if not permits_everyone(request, "products.write"):
        raise Forbidden("sellers list their own products", field="seller")
    seller = User.objects.filter(public_id=named, is_active=True, roles__contains=[Role.SELLER]).first()
    if seller is None:
        raise SellerUnknown(field="seller")
    return seller
