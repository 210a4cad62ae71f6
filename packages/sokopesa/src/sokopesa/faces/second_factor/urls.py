"""Addresses under ``/account/second-factor/``."""

from __future__ import annotations

from django.urls import path

from sokopesa.faces.second_factor import views

app_name = "second_factor"

urlpatterns = [
    path("", views.index, name="index"),
    path("new/", views.enrol, name="enrol"),
    path("give/", views.give, name="give"),
    path("codes/", views.codes, name="codes"),
    path("codes/new/", views.renew_codes, name="renew_codes"),
    path("remove/", views.remove, name="remove"),
]
