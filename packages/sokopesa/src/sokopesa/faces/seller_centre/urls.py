"""Addresses under ``/seller/``. A page for an action of an order bears the action's name in `sokopesa.orders.life`;
then the order's page links to it whenever the action is open to the seller."""

from __future__ import annotations

from django.urls import path

from sokopesa.faces.seller_centre.views import cancels, disputes, goods, money, orders, overview, parcels, terms

app_name = "seller_centre"

urlpatterns = [
    path("", overview.choose, name="choose"),
    path("<slug:shop>/", overview.overview, name="overview"),
    path("<slug:shop>/orders/", orders.index, name="orders"),
    path("<slug:shop>/orders/<slug:number>/", orders.detail, name="order"),
    path("<slug:shop>/cancels/", cancels.index, name="cancels"),
    path("<slug:shop>/cancels/<int:pk>/approve/", cancels.approve, name="approve_request"),
    path("<slug:shop>/cancels/<int:pk>/refuse/", cancels.refuse, name="refuse_request"),
    path("<slug:shop>/to-ship/", parcels.to_ship, name="to_ship"),
    path("<slug:shop>/more-time/", parcels.requests, name="requests"),
    path("<slug:shop>/orders/<slug:number>/ship/", parcels.ship, name="ship"),
    path("<slug:shop>/orders/<slug:number>/slip/", parcels.slip, name="slip"),
    path("<slug:shop>/orders/<slug:number>/ask-time/", parcels.ask_ship_time, name="ask_ship_time"),
    path("<slug:shop>/orders/<slug:number>/lengthen/", parcels.lengthen_protection, name="lengthen_protection"),
    path("<slug:shop>/orders/<slug:number>/protection/", parcels.answer_protection, name="answer_protection"),
    path("<slug:shop>/goods/", goods.index, name="goods"),
    path("<slug:shop>/goods/add/", goods.find, name="goods_find"),
    path("<slug:shop>/goods/add/<slug:product>/", goods.add, name="goods_add"),
    path("<slug:shop>/goods/new/", goods.new, name="goods_new"),
    path("<slug:shop>/goods/<int:pk>/", goods.change, name="offer"),
    path("<slug:shop>/goods/<int:pk>/withdraw/", goods.withdraw, name="offer_withdraw"),
    path("<slug:shop>/goods/<int:pk>/sell-again/", goods.sell_again, name="offer_again"),
    path("<slug:shop>/shipping/", terms.index, name="profiles"),
    path("<slug:shop>/shipping/new/", terms.new, name="profile_new"),
    path("<slug:shop>/shipping/<int:pk>/", terms.change, name="profile"),
    path("<slug:shop>/shipping/<int:pk>/ways/new/", terms.add_method, name="method_new"),
    path("<slug:shop>/shipping/<int:pk>/ways/<int:method>/", terms.change_method, name="method"),
    path("<slug:shop>/shipping/<int:pk>/ways/<int:method>/switch/", terms.switch_method, name="method_switch"),
    path("<slug:shop>/money/", money.index, name="money"),
    path("<slug:shop>/money/paid-at/", money.payee, name="payee"),
    path("<slug:shop>/money/statement.<slug:form>", money.download, name="statement"),
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
