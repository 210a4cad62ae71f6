"""Where sellers ship, answer and see their deadlines, under ``/seller/``."""
