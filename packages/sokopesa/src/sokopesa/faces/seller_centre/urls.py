"""Addresses under ``/seller/``. A page for an action of an order bears the action's name in `sokopesa.orders.life`;
then the order's page links to it whenever the action is open to the seller."""

from __future__ import annotations

from django.urls import path

from sokopesa.faces.seller_centre.views import cancels, orders, overview

app_name = "seller_centre"

urlpatterns = [
    path("", overview.choose, name="choose"),
    path("<slug:shop>/", overview.overview, name="overview"),
    path("<slug:shop>/orders/", orders.index, name="orders"),
    path("<slug:shop>/orders/<slug:number>/", orders.detail, name="order"),
    path("<slug:shop>/cancels/", cancels.index, name="cancels"),
    path("<slug:shop>/cancels/<int:pk>/approve/", cancels.approve, name="approve_request"),
    path("<slug:shop>/cancels/<int:pk>/refuse/", cancels.refuse, name="refuse_request"),
]
