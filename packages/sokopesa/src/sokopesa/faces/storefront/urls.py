"""Addresses of the shop."""

from __future__ import annotations

from django.urls import path

from sokopesa.faces.storefront.views import basket, browse, changing, checkout, live, orders

app_name = "storefront"

urlpatterns = [
    path("", browse.home, name="home"),
    path("c/<slug:slug>/", browse.category, name="category"),
    path("search/", browse.search, name="search"),
    path("p/<slug:slug>/", browse.product, name="product"),
    path("basket/", basket.page, name="basket"),
    path("basket/add/", basket.add, name="basket_add"),
    path("basket/lines/<int:item_id>/", basket.line, name="basket_line"),
    path("basket/way/", basket.way, name="basket_way"),
    path("basket/agree/", basket.agree, name="basket_agree"),
    path("basket/checkout/", basket.checkout, name="basket_checkout"),
    path("buy/", checkout.buy, name="buy"),
    path("checkout/<uuid:checkout_id>/", checkout.review, name="review"),
    path("checkout/<uuid:checkout_id>/address/", checkout.address, name="address"),
    path("checkout/<uuid:checkout_id>/payment/", checkout.method, name="method"),
    path("checkout/<uuid:checkout_id>/number/", checkout.number, name="number"),
    path("checkout/<uuid:checkout_id>/pay/", checkout.pay, name="pay"),
    path("pay/<slug:number>/", live.page, name="live"),
    path("pay/<slug:number>/state/", live.state, name="state"),
    path("pay/<slug:number>/events/", live.events, name="events"),
    path("pay/<slug:number>/again/", live.again, name="again"),
    path("orders/", orders.index, name="orders"),
    path("orders/<slug:number>/", orders.detail, name="order"),
    path("orders/<slug:number>/cancel/", changing.cancel, name="cancel"),
    path("orders/<slug:number>/revive/", changing.revive, name="revive"),
]
