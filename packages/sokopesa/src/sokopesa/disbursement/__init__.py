"""How refunds leave: by a numbered file each business day and a disbursement each week, or at once by a rule."""
