"""*Contact Now*: what buyers and shops say to each other about a product or an order."""
