"""Documents that outlive a request, as pure conversions between bytes and domain values.

Enters: parsers and writers with no input or output (filter language, MLmodel, packed points, inference payloads).
Stays out: anything that opens a file, a socket or a database.
"""
