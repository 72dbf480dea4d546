from html import escape

from modelyard.protocols.operations import style


def page(version: str, url: str, data_dir: str) -> bytes:
    """What a browser sees at the root where the web interface has not been built."""
    return style.document(
        "Modelyard",
        f"""
<h1>Modelyard <small>{escape(version)}</small></h1>
<p>This server is running. It speaks the MLflow API, the Open Inference Protocol, KServe V1, and an API of its own.</p>
<h2>Connect</h2>
<pre>export MLFLOW_TRACKING_URI={escape(url)}</pre>
<h2>Look around</h2>
<ul>
<li><a href="/docs">API documentation</a> and its <a href="/openapi.json">OpenAPI document</a></li>
<li><a href="/healthz/ready">Health</a> and <a href="/metrics">metrics</a></li>
<li>In a terminal: <code>modelyard experiments</code>, <code>modelyard models</code>,
<code>modelyard endpoints</code></li>
</ul>
<p>The web interface is not part of this installation. In a checkout, <code>make ui</code> builds it, with Node 20 or
newer, or with the one that PyPI has.</p>
<p class="quiet">Data lies in <code>{escape(data_dir)}</code>.</p>
""",
    )
