"""Addresses under ``/desk/money/``: what finance sees to."""

from __future__ import annotations

from django.urls import path

from sokopesa.faces.back_office.views import batches, money, refunds

urlpatterns = [
    path("money/", money.overview, name="money"),
    path("money/accounts/<slug:shortcode>/resume/", money.resume, name="resume_payer"),
    path("money/refunds/", refunds.index, name="refunds"),
    path("money/refunds/<slug:number>/", refunds.detail, name="refund"),
    path("money/refunds/<slug:number>/retry/", refunds.retry, name="retry_refund"),
    path("money/refunds/<slug:number>/number/", refunds.redirect_to, name="redirect_refund"),
    path("money/numbers/<int:pk>/approve/", refunds.approve_redirection, name="approve_redirection"),
    path("money/numbers/<int:pk>/refuse/", refunds.refuse_redirection, name="refuse_redirection"),
    path("money/disbursements/", batches.index, name="batches"),
    path("money/disbursements/prepare/", batches.prepare, name="prepare_batch"),
    path("money/disbursements/<int:number>/", batches.detail, name="batch"),
    path("money/disbursements/<int:number>/approve/", batches.approve, name="approve_batch"),
    path("money/disbursements/<int:number>/cancel/", batches.cancel, name="cancel_batch"),
    path("money/disbursements/<int:number>/lines/<int:line_id>/", batches.leave_out, name="leave_out_line"),
    path("money/disbursements/<int:number>/portal/", batches.export, name="export_batch"),
    path("money/disbursements/<int:number>/results/", batches.read_results, name="batch_results"),
]
