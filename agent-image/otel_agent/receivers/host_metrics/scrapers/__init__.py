"""A scraper a module, by the names that the configuration has for them."""
