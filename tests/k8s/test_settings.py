"""Every program starts with what its container is given, and is given nothing that it does not know."""

import ast
import base64
import re
from pathlib import Path

import msgspec
import pytest

from common.settings import Settings
from download.settings import DownloadSettings
from tests.k8s.environments import settings_environment
from tests.support.manifests import ROOT, Manifests
from tests.test_env_example import read_from_environment
from upload.settings import UploadSettings

READS = {"upload": UploadSettings, "reconciler": UploadSettings, "catalog": Settings, "download": DownloadSettings}
TEMPLATES = set(
    re.findall(r"\$\{([A-Z0-9_]+)\}", "".join(p.read_text() for p in ROOT.glob("gateway/templates/**/*.template")))
)


def known(settings: type[Settings]) -> set[str]:
    fields = {field.name.upper() for field in msgspec.structs.fields(settings)}
    return fields | read_from_environment(ROOT / "services/gunicorn.conf.py") | {"SECRETS_DIR"}


@pytest.mark.parametrize("name", sorted(READS))
def test_a_service_can_read_its_settings(manifests: Manifests, name: str, tmp_path: Path) -> None:
    """Each is there, has a value that can be used, and fits the others."""
    environment = settings_environment(manifests, manifests.workload(name), tmp_path)
    settings = READS[name].load(environment)
    assert settings.s3_bucket == environment["S3_BUCKET"]
    assert bool(settings.redis_url) is (name != "download")


@pytest.mark.parametrize("name", sorted(READS))
def test_a_service_is_given_nothing_that_it_does_not_know(manifests: Manifests, name: str, tmp_path: Path) -> None:
    """A misspelled variable would be ignored without a word."""
    environment = settings_environment(manifests, manifests.workload(name), tmp_path)
    assert set(environment) <= known(READS[name])
    assert {file.name for file in tmp_path.iterdir()} <= known(READS[name])


def test_the_gateway_is_given_every_variable_of_its_templates_and_no_other(manifests: Manifests) -> None:
    """What is not given would stay in the text. What the image gives itself stands in its recipe."""
    environment = manifests.environment(manifests.workload("gateway").main)
    image = set(re.findall(r"(?m)^(?:ENV| {3}) ([A-Z0-9_]+)=", (ROOT / "gateway/Dockerfile").read_text()))
    assert set(environment) <= TEMPLATES
    assert TEMPLATES - image <= set(environment)


def test_browsers_and_the_gateway_mean_the_same_store(aws: Manifests) -> None:
    """The page's policy names the host that URLs lead to, with the bucket's name before it."""
    gateway = aws.environment(aws.workload("gateway").main)["S3_PUBLIC_ENDPOINT_URL"]
    service = aws.environment(aws.workload("upload").main)
    scheme, _, host = service["S3_PUBLIC_ENDPOINT_URL"].partition("//")
    assert gateway == f"{scheme}//{service['S3_BUCKET']}.{host}"


def test_each_secret_has_one_reader(manifests: Manifests) -> None:
    """Only the reconciler shares another's: it does the upload service's work."""
    readers: dict[str, list[str]] = {}
    for workload in manifests.workloads:
        for _, secret in manifests.secrets(workload):
            readers.setdefault(secret["metadata"]["name"].rpartition("-")[0], []).append(workload.name)
        for container in workload.containers:  # an environment shows in many places, so no secret is in one
            assert all("secretKeyRef" not in str(one) for one in container.get("env", []))
            assert all("secretRef" not in str(one) for one in container.get("envFrom", []))
    assert {name: sorted(who) for name, who in readers.items()} == {
        name: ["reconciler", "upload"] if name == "upload" else [name] for name in readers
    }
    assert len(readers) == len(manifests.of("Secret"))


def test_no_secret_stands_in_two_secrets(manifests: Manifests) -> None:
    """But for what two must know to speak to each other, and that in files which hold more than it."""
    seen: dict[bytes, str] = {}
    for secret in manifests.of("Secret"):
        for name, value in secret["data"].items():
            assert (name, seen.setdefault(base64.b64decode(value), name)) == (name, name)
            if seen[base64.b64decode(value)] == name and name != "REDIS_URL":
                assert sum(value in one["data"].values() for one in manifests.of("Secret")) == 1, name


def test_no_sample_and_no_secret_stands_in_a_configuration(manifests: Manifests) -> None:
    for found in manifests.of("ConfigMap"):
        for name, value in found["data"].items():
            assert "change-me" not in value
            assert not re.search(r"SECRET_|_KEYS?$|TOKEN|PASSWORD", name), name


def test_on_aws_roles_stand_in_for_keys(aws: Manifests) -> None:
    """No S3 key is there at all; each service account has a role, which docs/aws tells how to make."""
    assert not [name for secret in aws.of("Secret") for name in secret["data"] if name.startswith("S3_")]
    roles = {
        account["metadata"]["name"]: account["metadata"]["annotations"]["eks.amazonaws.com/role-arn"].rpartition("/")[2]
        for account in aws.of("ServiceAccount")
        if "annotations" in account["metadata"]
    }
    assert roles == {
        "upload": "vitrine-upload-publish",
        "catalog": "vitrine-catalog",
        "download": "vitrine-download",
    }
    signing = aws.environment(aws.workload("upload").main)["UPLOAD_SIGN_ROLE_ARN"].rpartition("/")[2]
    policies = {f"vitrine-{file.stem}" for file in (ROOT / "docs/aws/policies").glob("*.json")}
    assert policies == {*roles.values(), signing}


def test_the_job_that_sets_the_bucket_up_finds_what_it_reads(local: Manifests) -> None:
    workload = local.workload("bucket")
    source = ast.unparse(ast.parse((ROOT / "local/containers.py").read_text()))
    assert set(re.findall(r"environment\['(\w+)'\]", source)) == set(local.environment(workload.main))
    ((volume, secret),) = local.secrets(workload)
    (mount,) = (one for one in workload.main["volumeMounts"] if one["name"] == volume)
    assert mount["mountPath"] == "/secrets/bucket"
    assert set(secret["data"]) == {"S3_ACCESS_KEY_ID", "S3_SECRET_ACCESS_KEY"}
