"""Where tracking events come from. Each adapter reads them in its own way and hands them to `shipping.tracking`."""
