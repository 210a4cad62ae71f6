"""Addresses under ``/desk/``."""

from __future__ import annotations

from django.urls import path, re_path

from sokopesa.faces.back_office import money_urls
from sokopesa.faces.back_office.views import attempts, balances, disputes, inbox, overview, reports, support, unmatched

app_name = "back_office"

urlpatterns = [
    path("", overview.overview, name="overview"),
    path("requests/", attempts.index, name="attempts"),
    path("inbox/", inbox.index, name="inbox"),
    path("inbox/<int:pk>/", inbox.detail, name="message"),
    path("unmatched/", unmatched.index, name="unmatched"),
    path("unmatched/<slug:code>/", unmatched.detail, name="receipt"),
    path("unmatched/<slug:code>/propose/", unmatched.propose, name="propose"),
    path("decisions/", unmatched.decisions, name="decisions"),
    path("decisions/<int:pk>/approve/", unmatched.approve, name="approve"),
    path("decisions/<int:pk>/refuse/", unmatched.refuse, name="refuse"),
    path("balances/", balances.index, name="balances"),
    path("balances/<slug:group>/", balances.group, name="group"),
    re_path(r"^accounts/(?P<code>[A-Za-z0-9:_-]+)/$", balances.account, name="account"),
    path("reports/", reports.index, name="reports"),
    path("reports/<int:pk>/", reports.detail, name="report"),
    path("reports/<int:pk>/read/", reports.read, name="read_report"),
    path("reports/<int:pk>/close/", reports.close, name="close_report"),
    path("looks/", reports.looks, name="looks"),
    path("looks/<int:pk>/files/<uuid:upload_id>/", reports.file, name="look_file"),
    path("looks/<int:pk>/", reports.conversation, name="look"),
    path("support/", support.index, name="support"),
    path("support/<int:pk>/answered/", support.answered, name="support_answered"),
    path("disputes/", disputes.index, name="disputes"),
    path("disputes/<slug:number>/", disputes.case, name="case"),
    path("disputes/<slug:number>/read/", disputes.read, name="read_case"),
    path("disputes/<slug:number>/rule/", disputes.rule, name="rule"),
    path("disputes/<slug:number>/delivered/", disputes.delivered, name="return_delivered"),
    *money_urls.urlpatterns,
]
