"""Every variant in every format on every backend under `refsoft check`, as data and as a page."""
