"""Programs and scenarios that use the product on a real cluster."""
