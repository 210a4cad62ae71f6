"""Addresses of the shop."""

from __future__ import annotations

from django.urls import path

from sokopesa.faces.storefront.views import browse, cancelling, changing, checkout, live, media, orders, receiving

app_name = "storefront"

urlpatterns = [
    path("", browse.home, name="home"),
    path("c/<slug:slug>/", browse.category, name="category"),
    path("search/", browse.search, name="search"),
    path("p/<slug:slug>/", browse.product, name="product"),
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
    path("orders/<slug:number>/<slug:part>/cancel/", cancelling.ask, name="cancel_part"),
    path("orders/<slug:number>/<slug:part>/cancel/withdraw/", cancelling.withdraw, name="cancel_withdraw"),
    path("orders/<slug:number>/<slug:part>/received/", receiving.received, name="received"),
    path("orders/<slug:number>/<slug:part>/ship-time/", receiving.ship_time, name="ship_time"),
    path("orders/<slug:number>/<slug:part>/protection/", receiving.protection, name="protection"),
    path("media/", media.begin, name="media"),
    path("media/<uuid:upload_id>/", media.upload, name="upload"),
    path("media/<uuid:upload_id>/finish/", media.finish, name="upload_finish"),
]
