"""History as a dataset: the facts of a workspace as Parquet files that other programs can read and write."""
