"""Addresses under ``/seller/``. A page for an action of an order bears the action's name in `sokopesa.orders.life`;
then the order's page links to it whenever the action is open to the seller."""

from __future__ import annotations

from django.urls import path

from sokopesa.faces.seller_centre.views import cancels, disputes, orders, overview

app_name = "seller_centre"

urlpatterns = [
    path("", overview.choose, name="choose"),
    path("<slug:shop>/", overview.overview, name="overview"),
    path("<slug:shop>/orders/", orders.index, name="orders"),
    path("<slug:shop>/orders/<slug:number>/", orders.detail, name="order"),
    path("<slug:shop>/cancels/", cancels.index, name="cancels"),
    path("<slug:shop>/cancels/<int:pk>/approve/", cancels.approve, name="approve_request"),
    path("<slug:shop>/cancels/<int:pk>/refuse/", cancels.refuse, name="refuse_request"),
    path("<slug:shop>/disputes/", disputes.index, name="disputes"),
    path("<slug:shop>/disputes/<slug:number>/", disputes.detail, name="dispute"),
    path("<slug:shop>/disputes/<slug:number>/accept/", disputes.accept, name="dispute_accept"),
    path("<slug:shop>/disputes/<slug:number>/refuse/", disputes.refuse, name="dispute_refuse"),
    path("<slug:shop>/disputes/<slug:number>/offer/", disputes.offer, name="dispute_offer"),
    path("<slug:shop>/disputes/<slug:number>/address/", disputes.address, name="dispute_address"),
    path("<slug:shop>/disputes/<slug:number>/take-back/", disputes.take_back, name="dispute_take_back"),
    path("<slug:shop>/disputes/<slug:number>/contest/", disputes.contest, name="dispute_contest"),
    path("<slug:shop>/disputes/<slug:number>/evidence/", disputes.add_evidence, name="dispute_evidence"),
    path("<slug:shop>/disputes/<slug:number>/appeal/", disputes.appeal, name="dispute_appeal"),
]
