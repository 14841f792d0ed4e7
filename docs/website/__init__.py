"""What turns `docs/` into the site: generated pages, mathematics, figures."""
