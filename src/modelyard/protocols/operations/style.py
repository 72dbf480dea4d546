"""How pages look: one style sheet, light and dark, nothing loaded from elsewhere."""

from html import escape

_CSS = """
:root { color-scheme: light dark; --text: #1c2330; --quiet: #5d6878; --line: #dfe3ea; --back: #fff; --box: #f5f7fa;
  --accent: #3451b2; --get: #1a7f4b; --post: #3451b2; --put: #96600a; --delete: #b3261e; }
@media (prefers-color-scheme: dark) { :root { --text: #e4e8ef; --quiet: #98a3b5; --line: #2c3442; --back: #12161d;
  --box: #1a2029; --accent: #9db2ff; --get: #57c98c; --post: #9db2ff; --put: #e3b25c; --delete: #ff8a80; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 62rem; padding: 2rem 1.25rem 6rem; background: var(--back); color: var(--text);
  font: 16px/1.6 system-ui, sans-serif; }
h1 { font-size: 1.9rem; line-height: 1.2; } h1 small, .quiet { color: var(--quiet); font-weight: 400; }
h2 { margin-top: 2.5rem; font-size: 1.25rem; border-bottom: 1px solid var(--line); padding-bottom: .3rem; }
a { color: var(--accent); } a:focus-visible, summary:focus-visible { outline: 2px solid var(--accent); }
code, pre { font: 0.9em/1.5 ui-monospace, SFMono-Regular, Menlo, monospace; }
pre { background: var(--box); border: 1px solid var(--line); border-radius: 6px; padding: .8rem 1rem; overflow: auto; }
details { border: 1px solid var(--line); border-radius: 6px; margin: .5rem 0; background: var(--box); }
summary { padding: .55rem .9rem; cursor: pointer; display: flex; flex-wrap: wrap; gap: .2rem .8rem; }
details > div { padding: 0 .9rem .8rem; background: var(--back); border-top: 1px solid var(--line);
  border-radius: 0 0 6px 6px; }
.verb { font-weight: 700; min-width: 4.2rem; } .get { color: var(--get); } .post { color: var(--post); }
.put, .patch { color: var(--put); } .delete { color: var(--delete); }
table { border-collapse: collapse; width: 100%; margin: .6rem 0; } td, th { text-align: left; vertical-align: top;
  padding: .3rem .8rem .3rem 0; border-bottom: 1px solid var(--line); } th { color: var(--quiet); font-weight: 500; }
"""


def document(title: str, body: str) -> bytes:
    """A whole page. `body` is HTML already."""
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)}</title>\n<style>{_CSS}</style>\n</head>\n<body>{body}</body>\n</html>\n"
    ).encode()
