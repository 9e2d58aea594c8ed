"""Connect cleanse to other programs: Prefect."""
