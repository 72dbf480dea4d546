"""Models that the gateway evaluates itself: converted to ONNX, and compared with the original before they are used.

Enters: the conversion, a program of its own that runs as a child like any model, and the evaluation of its result.
Stays out: the model's own code, which is never loaded here; a converted model is data.
"""
