"""The web interface: one page for all of its addresses, and the files it loads.

Enters: what a browser asks for before it speaks the native API. Stays out: data of any kind.
"""
