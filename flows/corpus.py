"""The Prefect flow `cleanse`, for `prefect deploy --all` in this folder; its tasks stand in the package.

    fix encoding → strip chrome ┊ learn lines of sites ┊ → detect language → sign ┊ find near-duplicates ┊ write corpus

An installed package deploys it without this file: `prefect deploy` with the entry point
`cleanse.integrations.prefect_flow.cleanse_corpus`.
"""

from cleanse.integrations.prefect_flow import cleanse_corpus

__all__ = ["cleanse_corpus"]

if __name__ == "__main__":
    cleanse_corpus()
