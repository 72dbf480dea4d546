"""Credentials for S3 as KServe finds them: in the secrets of a service account, or in the one named storage-config."""

import base64
import binascii
import json
from collections.abc import Mapping, Sequence

from modelyard.domain.errors import InvalidInput
from modelyard.domain.outside_models import Credentials

KINDS = ("Secret", "ServiceAccount")
SHARED = "storage-config"
_ANNOTATION = "serving.kserve.io/s3-"
Document = Mapping[str, object]


def credentials(documents: Sequence[Document], account: str, storage_key: str) -> Credentials | None:
    """Those for a predictor with this `serviceAccountName` and `storage.key`; None where the documents have none.

    Raises InvalidInput for a secret that cannot be read; what it holds is not repeated.
    """
    secrets = {_name(one): one for one in documents if one.get("kind") == "Secret"}
    if storage_key and SHARED in secrets:
        return _of_storage(secrets[SHARED], storage_key)
    found = (one for one in documents if one.get("kind") == "ServiceAccount" and _name(one) == (account or "default"))
    for holder in found:
        for entry in _list(holder.get("secrets")):
            secret = secrets.get(str(entry.get("name", "")))
            if secret is not None and (read := _of_secret(secret)) is not None:
                return read
    return None


def _of_secret(secret: Document) -> Credentials | None:
    values = _values(secret)
    noted = _object(_object(secret.get("metadata")).get("annotations"))
    annotations = {str(key).removeprefix(_ANNOTATION): str(value) for key, value in noted.items()}
    key, hidden = values.get("AWS_ACCESS_KEY_ID", ""), values.get("AWS_SECRET_ACCESS_KEY", "")
    anonymous = annotations.get("useanoncredential", "").lower() == "true"
    if not anonymous and not (key and hidden):
        return None
    return Credentials(
        key="" if anonymous else key,
        secret="" if anonymous else hidden,
        token=values.get("AWS_SESSION_TOKEN", ""),
        region=annotations.get("region", ""),
        endpoint=_url(annotations.get("endpoint", ""), https=annotations.get("usehttps", "1") != "0"),
    )


def _of_storage(secret: Document, key: str) -> Credentials:
    text = _values(secret).get(key)
    if text is None:
        raise InvalidInput(f"Secret '{SHARED}' has no key '{key[:100]}', which storage.key names")
    try:
        told = json.loads(text)
    except ValueError:
        told = None
    if not isinstance(told, dict) or told.get("type") != "s3":
        raise InvalidInput(f"Secret '{SHARED}': the value of '{key[:100]}' must be a JSON object of the type s3")
    names = ("access_key_id", "secret_access_key", "session_token", "region", "endpoint_url")
    key_id, hidden, token, region, endpoint = (str(told.get(name) or "") for name in names)
    return Credentials(key_id, hidden, token, region, endpoint)


def _values(secret: Document) -> Mapping[str, str]:
    values = {str(key): str(value) for key, value in _object(secret.get("stringData")).items()}
    for key, value in _object(secret.get("data")).items():
        try:
            values.setdefault(str(key), base64.b64decode(str(value), validate=True).decode())
        except (binascii.Error, UnicodeDecodeError):
            raise InvalidInput(f"Secret '{_name(secret)}': the value of '{str(key)[:100]}' is not base64") from None
    return values


def _url(endpoint: str, *, https: bool) -> str:
    if not endpoint or "://" in endpoint:
        return endpoint
    return f"http{'s' if https else ''}://{endpoint}"


def _name(document: Document) -> str:
    return str(_object(document.get("metadata")).get("name", ""))


def _object(value: object) -> Mapping[str, object]:
    return value if isinstance(value, Mapping) else {}


def _list(value: object) -> Sequence[Document]:
    return [one for one in value if isinstance(one, Mapping)] if isinstance(value, list) else []
