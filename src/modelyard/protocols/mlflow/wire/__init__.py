"""MLflow's messages, transcribed from its protocol buffers (3.17), a module per noun.

Enters: structs with MLflow's names and types. Stays out: everything of ours, and any behaviour.
"""
