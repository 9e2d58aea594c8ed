"""cleanse: scraped pages in, a clean corpus out, with everything removed on record."""
