"""What the Hugging Face Hub and other catalogues read about a corpus: its configurations, its columns, a Croissant file.

May import only `tables` and `errors`. Pure functions of column declarations and of the manifest; whoever writes the card
calls them.
"""

from cleanse.hub.croissant import describe_croissant
from cleanse.hub.dataset_info import TableFacts, describe_configs

__all__ = ["TableFacts", "describe_configs", "describe_croissant"]
