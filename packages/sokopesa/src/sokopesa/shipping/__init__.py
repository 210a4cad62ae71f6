"""Parcels and where they are: shipping, tracking, receipt, longer times by agreement, and paying the seller."""
