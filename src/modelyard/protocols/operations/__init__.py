"""What those who run the server ask: is it alive, is it ready, how does it do, what can it be asked.

Enters: health, metrics, pages about the server itself. Stays out: nouns, and anything a client library needs.
"""
