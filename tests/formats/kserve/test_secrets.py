import base64
import json
from typing import Any

import pytest

from modelyard.domain.errors import InvalidInput
from modelyard.domain.outside_models import Credentials
from modelyard.formats.kserve.secrets import credentials


def coded(**values: str) -> dict[str, str]:
    return {name: base64.b64encode(value.encode()).decode() for name, value in values.items()}


def secret(name: str = "keys", **more: Any) -> dict[str, Any]:
    metadata = {"name": name, **({"annotations": more.pop("annotations")} if "annotations" in more else {})}
    return {"apiVersion": "v1", "kind": "Secret", "metadata": metadata, **more}


def account(*secrets: str, name: str = "reader") -> dict[str, Any]:
    named = [{"name": one} for one in secrets]
    return {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": name}, "secrets": named}


KEYS = {"AWS_ACCESS_KEY_ID": "me", "AWS_SECRET_ACCESS_KEY": "hidden"}


def test_a_service_accounts_secret_is_read_with_its_annotations() -> None:
    noted = {
        "serving.kserve.io/s3-endpoint": "minio:9000",
        "serving.kserve.io/s3-usehttps": "0",
        "serving.kserve.io/s3-region": "eu-west-1",
    }
    documents = [account("other", "keys"), secret("other"), secret(data=coded(**KEYS), annotations=noted)]
    wanted = Credentials("me", "hidden", region="eu-west-1", endpoint="http://minio:9000")
    assert credentials(documents, "reader", "") == wanted
    assert credentials(documents, "", "") is None
    assert credentials(documents, "nobody", "") is None
    assert "hidden" not in repr(wanted)


def test_texts_count_too_and_the_account_without_a_name_is_the_default_one() -> None:
    documents = [account("keys", name="default"), secret(stringData={**KEYS, "AWS_SESSION_TOKEN": "now"})]
    assert credentials(documents, "", "") == Credentials("me", "hidden", "now")


def test_buckets_may_be_read_by_nobody_in_particular() -> None:
    noted = {"serving.kserve.io/s3-useanoncredential": "true"}
    assert credentials([account("keys"), secret(annotations=noted)], "reader", "") == Credentials()


def test_the_shared_secret_is_read_by_its_key() -> None:
    told = {"type": "s3", "access_key_id": "me", "secret_access_key": "hidden", "endpoint_url": "https://s3.example"}
    documents = [secret("storage-config", stringData={"mine": json.dumps(told)})]
    assert credentials(documents, "", "mine") == Credentials("me", "hidden", endpoint="https://s3.example")


@pytest.mark.parametrize(
    ("document", "message"),
    [
        (secret(data={"AWS_ACCESS_KEY_ID": "not base64!"}), "'AWS_ACCESS_KEY_ID' is not base64"),
        (secret("storage-config", stringData={"mine": "hidden"}), "'mine' must be a JSON object of the type s3"),
        (secret("storage-config", stringData={"other": "hidden"}), "no key 'mine'"),
    ],
)
def test_a_secret_that_cannot_be_read_is_refused_without_saying_what_it_holds(document: Any, message: str) -> None:
    with pytest.raises(InvalidInput, match=message) as refused:
        credentials([account("keys"), document], "reader", "mine")
    assert "hidden" not in str(refused.value)
