"""Starting, watching and stopping work elsewhere: local processes and the environments they run in.

Enters: clients of process tables, package installers and, later, Ray and Kubernetes. Stays out: what the work means.
"""
