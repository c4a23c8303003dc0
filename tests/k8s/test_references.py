"""What names something names something that is there: schemas do not look."""

import functools
import re

import pytest
import yaml
from kubernetes_validate import utils

from local.containers import STORE_DATA
from tests.support.manifests import ROOT, Manifests, matches

QUANTITY = re.compile(r"[0-9]+(\.[0-9]+)?(m|Ki|Mi|Gi|Ti|k|M|G|T)?")  # the forms that we use of those that there are
COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text())


@pytest.mark.parametrize("version", ["1.31", "1.37"])
def test_every_object_fits_its_schema_strictly(
    local: Manifests, aws: Manifests, version: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No misspelled field, no wrong type, in old clusters and new ones."""
    # It reads all definitions anew for every object.
    monkeypatch.setattr(utils, "schema_contents", functools.cache(utils.schema_contents))
    alike = [found for found in aws.objects if found in local.objects]
    for found in [*local.objects, *(found for found in aws.objects if found not in alike)]:
        utils.validate(found, version, strict=True)


def test_everything_is_in_one_namespace_and_named_once(manifests: Manifests) -> None:
    names = [(found["kind"], found["metadata"]["name"]) for found in manifests.objects]
    assert len(set(names)) == len(names)
    for found in manifests.objects:
        assert found["kind"] == "Namespace" or found["metadata"]["namespace"] == "vitrine"


def test_selectors_pick_their_own_pods_and_no_others(manifests: Manifests) -> None:
    for workload in manifests.workloads:
        if workload.kind == "Job":  # the cluster chooses its selector
            continue
        picked = [one.name for one in manifests.workloads if matches(workload.manifest["spec"]["selector"], one.labels)]
        assert picked == [workload.name]


def test_a_service_picks_one_workload_and_sends_to_a_port_that_it_has(manifests: Manifests) -> None:
    for service in manifests.of("Service"):
        picked = [one for one in manifests.workloads if service["spec"]["selector"].items() <= one.labels.items()]
        assert [one.name for one in picked] == [service["metadata"]["name"]]
        ports = {port["name"]: port["containerPort"] for port in picked[0].main["ports"]}
        for port in service["spec"]["ports"]:
            assert port["targetPort"] in ports, service["metadata"]["name"]
            if service["spec"].get("clusterIP") == "None":  # then DNS gives pods, and no port is translated
                assert port["port"] == ports[port["targetPort"]]


def test_services_behind_the_gateway_are_headless(manifests: Manifests) -> None:
    for name in ("upload", "catalog", "download"):
        assert manifests.get("Service", name)["spec"]["clusterIP"] == "None"


def test_the_gateway_asks_services_that_are_there_at_their_ports(manifests: Manifests) -> None:
    environment = manifests.environment(manifests.workload("gateway").main)
    for name in ("upload", "catalog", "download"):
        port = manifests.get("Service", name)["spec"]["ports"][0]["port"]
        assert environment[f"{name.upper()}_SERVERS"] == (
            f"server {name}.vitrine.svc.cluster.local:{port} resolve max_fails=0;"
        )
    assert environment["RESOLVER"].startswith("resolver kube-dns.kube-system.svc valid=1s")


def test_an_ingress_leads_to_a_port_of_a_service(aws: Manifests) -> None:
    (ingress,) = aws.of("Ingress")
    for rule in ingress["spec"]["rules"]:
        assert f"https://{rule['host']}" in aws.environment(aws.workload("upload").main)["PUBLIC_ORIGINS"].split(",")
        assert rule["host"] in aws.environment(aws.workload("gateway").main)["SERVER_NAMES"].split()
        for path in rule["http"]["paths"]:
            backend = path["backend"]["service"]
            ports = aws.get("Service", backend["name"])["spec"]["ports"]
            assert backend["port"]["name"] in [port["name"] for port in ports]


def test_volumes_that_are_mounted_are_there_and_the_other_way_round(manifests: Manifests) -> None:
    for workload in manifests.workloads:
        volumes = {volume["name"] for volume in workload.pod.get("volumes", [])}
        volumes |= {claim["metadata"]["name"] for claim in workload.manifest["spec"].get("volumeClaimTemplates", [])}
        mounted = {mount["name"] for one in workload.containers for mount in one.get("volumeMounts", [])}
        assert mounted == volumes, workload.name
        list(manifests.secrets(workload))  # raises for a secret that is not there


def test_every_service_account_is_there_and_is_one_workloads_own(manifests: Manifests) -> None:
    """Only the reconciler shares the upload service's, whose work it finishes."""
    for workload in manifests.workloads:
        assert workload.pod["serviceAccountName"] == {"reconciler": "upload"}.get(workload.name, workload.name)
    used = {workload.pod["serviceAccountName"] for workload in manifests.workloads}
    assert used == {found["metadata"]["name"] for found in manifests.of("ServiceAccount")}
    for account in manifests.of("ServiceAccount"):
        assert account["automountServiceAccountToken"] is False


def test_every_image_is_built_here_or_is_one_that_compose_runs(manifests: Manifests) -> None:
    built = {service["image"] for service in COMPOSE["services"].values() if "build" in service}
    others = {
        re.sub(r"\$\{\w+:-(.*)\}", r"\1", service["image"])
        for service in COMPOSE["services"].values()
        if "build" not in service
    }
    for workload in manifests.workloads:
        for container in workload.containers:
            image = container["image"]
            name, _, tag = image.rpartition("/")[2].partition(":")
            assert image in others or name in built, image
            assert tag not in ("", "latest"), image  # "latest" is pulled anew, and says nothing of the version


def test_every_container_asks_for_and_is_held_to_an_amount(manifests: Manifests) -> None:
    for workload in manifests.workloads:
        for container in workload.containers:
            amounts = container["resources"]
            assert set(amounts["requests"]) == set(amounts["limits"]) == {"cpu", "memory"}
            for amount in [*amounts["requests"].values(), *amounts["limits"].values()]:
                assert QUANTITY.fullmatch(amount), (workload.name, amount)
        for volume in workload.pod.get("volumes", []):
            assert "emptyDir" not in volume or QUANTITY.fullmatch(volume["emptyDir"]["sizeLimit"])


def test_the_store_is_started_with_the_options_that_compose_gives_it(local: Manifests) -> None:
    """Each of them is there for a reason; one that is missing here would be found out by a loss."""
    ours = set(local.workload("store").main["args"])
    theirs = {argument for argument in COMPOSE["services"]["store"]["command"] if "allowedOrigins" not in argument}
    assert ours == theirs | {"-s3.allowedOrigins=$(PUBLIC_ORIGINS)"}
    assert "PUBLIC_ORIGINS" in local.environment(local.workload("store").main)


def test_the_stores_folder_is_prepared_before_it_starts(local: Manifests) -> None:
    """With the code that `make up` and Compose run, on the volume that the store then uses."""
    store = local.workload("store")
    (before,) = store.pod["initContainers"]
    assert before["command"] == [*COMPOSE["services"]["secrets"]["command"][:-1], "store"]
    mounted = [{mount["name"]: mount["mountPath"] for mount in one["volumeMounts"]}["data"] for one in store.containers]
    assert mounted == [str(STORE_DATA)] * 2
    assert f"store:{STORE_DATA}" in COMPOSE["services"]["secrets"]["volumes"]


def test_a_local_clusters_node_ports_are_those_that_its_tools_open(local: Manifests) -> None:
    """This machine's 8080 and 8333 lead to them, and S3's own address is signed into every URL."""
    ports = {
        local.get("Service", name)["spec"]["ports"][0]["nodePort"]: host
        for name, host in (("gateway", 8080), ("store", 8333))
    }
    kind = yaml.safe_load((ROOT / "k8s" / "kind.yaml").read_text())
    opened = {one["containerPort"]: one["hostPort"] for one in kind["nodes"][0]["extraPortMappings"]}
    assert opened == ports
    environment = local.environment(local.workload("upload").main)
    assert environment["S3_PUBLIC_ENDPOINT_URL"] == "http://127.0.0.1:8333"
    assert "http://localhost:8080" in environment["PUBLIC_ORIGINS"].split(",")


def test_a_local_clusters_gateway_sees_the_clients_own_addresses(local: Manifests) -> None:
    """Otherwise all clients share one node's address, and so one budget. All pods are on the only node."""
    assert local.get("Service", "gateway")["spec"]["externalTrafficPolicy"] == "Local"
    kind = yaml.safe_load((ROOT / "k8s" / "kind.yaml").read_text())
    assert len(kind["nodes"]) == 1


def test_no_secret_is_in_the_repository() -> None:
    ignored = (ROOT / "k8s" / ".gitignore").read_text().split()
    assert ignored == ["/overlays/*/secrets/"]
    for file in (ROOT / "k8s").rglob("*.yaml"):
        assert "kind: Secret\n" not in file.read_text(), file
