"""The web interface as `scripts/ui` builds it from `ui/`, in `dist/`.

Enters: built files, which are not kept in git. Stays out: code.
"""
