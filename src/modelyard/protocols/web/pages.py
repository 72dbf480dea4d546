from modelyard.domain.errors import NotFound
from modelyard.protocols.http.call import Call
from modelyard.protocols.http.reply import Headers, Reply, json_reply
from modelyard.protocols.web.site import Asset
from modelyard.protocols.web.state import WebState

_HTML = "text/html; charset=utf-8"
_SEALED = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'"
_IMMUTABLE = (("cache-control", "public, max-age=31536000, immutable"),)
_ASK_AGAIN = ("cache-control", "no-cache")


async def root(call: Call[WebState]) -> Reply:
    """Browsers name HTML. Clients of KServe's V1, which take anything, ask here whether the server lives."""
    if "text/html" not in call.headers.get("accept", ""):
        return json_reply({"status": "alive"}, headers=(("vary", "accept"),))
    if call.state.site is None:
        return Reply(200, call.state.welcome(), _HTML, (("content-security-policy", _SEALED),))
    return await page(call)


async def page(call: Call[WebState]) -> Reply:
    """The same page at every address of the interface; it reads the address itself."""
    site = call.state.site
    if site is None:
        raise NotFound(
            "The web interface is not built here. `make ui` builds it in a checkout, with Node or a network to get it"
        )
    return _sent(call, site.index, (("content-security-policy", site.policy), _ASK_AGAIN))


async def asset(call: Call[WebState]) -> Reply:
    """Names of assets change with what is in them, so nobody needs to ask twice."""
    return _sent(call, _known(call, f"assets/{call.params['path']}"), _IMMUTABLE)


async def icon(call: Call[WebState]) -> Reply:
    return _sent(call, _known(call, "favicon.svg"), (_ASK_AGAIN,))


def _known(call: Call[WebState], path: str) -> Asset:
    found = call.state.site.assets.get(path) if call.state.site is not None else None
    if found is None:
        raise NotFound(f"There is no {path} in the web interface; load the page again")
    return found


def _sent(call: Call[WebState], found: Asset, headers: Headers) -> Reply:
    content, encoding = found.best(call.headers.get("accept-encoding", ""))
    tag = f'"{found.tag}{encoding}"'
    told = (*headers, ("etag", tag), ("vary", "accept-encoding"))
    if tag in call.headers.get("if-none-match", ""):
        return Reply(304, b"", found.content_type, told)
    packed = (("content-encoding", encoding),) if encoding else ()
    return Reply(200, content, found.content_type, (*told, *packed))
