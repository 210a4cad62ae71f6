"""Addresses and notices under ``/account/``. Sign-in goes by the names that django-allauth asks for."""

from __future__ import annotations

from django.urls import include, path

from sokopesa.faces.storefront import account_notices as told
from sokopesa.faces.storefront import account_views as views

address_book = [
    path("addresses/", views.addresses, name="addresses"),
    path("addresses/new/", views.edit_address, name="address_add"),
    path("addresses/<int:pk>/", views.edit_address, name="address_edit"),
    path("addresses/<int:pk>/delete/", views.delete_address, name="address_delete"),
    path("addresses/<int:pk>/default/", views.make_default, name="address_default"),
    path("post-office/", views.post_office, name="post_office"),
    path("notices/", told.notices, name="notices"),
    path("email/", told.send_link, name="email"),
    path("email/forget/", told.forget_email, name="email_forget"),
    path("email/confirm/<str:token>/", told.confirm_email, name="email_confirm"),
]

urlpatterns = [
    path("login/", views.sign_in, name="account_login"),
    path("login/code/", views.enter_code, name="account_confirm_login_code"),
    path("logout/", views.sign_out, name="account_logout"),
    path("inactive/", views.inactive, name="account_inactive"),
    path("", include((address_book, "account"))),
]
