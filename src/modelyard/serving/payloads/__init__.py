"""What was asked and answered, kept beside the path of requests: sampled, bounded, and dropped rather than waited for.

Enters: entries, their Parquet files, and CloudEvents made of them. Stays out: whoever sends the events.
"""
