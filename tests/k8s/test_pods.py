"""What pods may do, how they are watched, and how they come and go without a lost request."""

import importlib.util
from pathlib import Path

import pytest

from catalog.app import create_app as catalog
from download.app import create_app as download
from tests.k8s.environments import settings_environment
from tests.support.manifests import ROOT, Manifests, Workload, matches, render
from upload.app import create_app as upload
from upload.health_server import Heartbeat
from upload.health_server import create_app as health_server

SERVICES = ("upload", "catalog", "download")
SCALED = ("gateway", *SERVICES)
PROBES = ("startupProbe", "readinessProbe", "livenessProbe")


def test_pods_fit_the_strictest_profile(manifests: Manifests) -> None:
    """Pod Security Standards, "restricted"; the namespace refuses all others. And no root file system is writable."""
    for workload in manifests.workloads:
        pod = workload.pod
        assert pod["securityContext"]["runAsNonRoot"] is True, workload.name
        assert pod["securityContext"]["runAsUser"] > 0, workload.name
        assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
        assert pod["automountServiceAccountToken"] is False
        assert not {"hostNetwork", "hostPID", "hostIPC"} & set(pod)
        assert {kind for volume in pod.get("volumes", []) for kind in volume} <= {"name", "secret", "emptyDir"}
        for container in workload.containers:
            context = container["securityContext"]
            assert context["allowPrivilegeEscalation"] is False, workload.name
            assert context["readOnlyRootFilesystem"] is True, workload.name
            assert context["capabilities"] == {"drop": ["ALL"]}
            assert not {"privileged", "runAsUser", "procMount"} & set(context)
            assert all("hostPort" not in port for port in container.get("ports", []))
    labels = manifests.get("Namespace", "vitrine")["metadata"]["labels"]
    assert labels["pod-security.kubernetes.io/enforce"] == "restricted"


def test_whatever_runs_on_is_watched_at_a_port_that_it_has(manifests: Manifests) -> None:
    for workload in manifests.workloads:
        if workload.kind == "Job":
            continue
        ports = {port["name"] for port in workload.main["ports"]}
        for probe in PROBES:
            ways = {"httpGet", "tcpSocket", "exec"} & set(workload.main[probe])
            assert len(ways) == 1, (workload.name, probe)
            for way in ways - {"exec"}:
                assert workload.main[probe][way]["port"] in ports, (workload.name, probe)


@pytest.mark.parametrize("name", [*SERVICES, "reconciler"])
def test_probes_ask_what_the_program_answers(local: Manifests, name: str, tmp_path: Path) -> None:
    container = local.workload(name).main
    create = {"upload": upload, "catalog": catalog, "download": download}
    if name == "reconciler":
        app = health_server(Heartbeat())
    else:
        app = create[name](settings_environment(local, local.workload(name), tmp_path))
    for probe in PROBES:
        path = container[probe]["httpGet"]["path"]
        assert app.test_client().get(path).status_code == 200, path
    assert container["livenessProbe"]["httpGet"]["path"] == "/livez"
    assert container["readinessProbe"]["httpGet"]["path"] == "/readyz"
    port = local.environment(container)["BIND"].rpartition(":")[2]
    assert [one["containerPort"] for one in container["ports"]] == [int(port)]


def test_the_gateways_probe_is_a_place_of_its_configuration(local: Manifests) -> None:
    text = (ROOT / "gateway/templates/snippets/server.inc.template").read_text()
    for probe in PROBES:
        assert f"location = {local.workload('gateway').main[probe]['httpGet']['path']} {{" in text


@pytest.mark.parametrize("name", SCALED)
def test_an_update_takes_nobody_away_before_somebody_else_is_ready(manifests: Manifests, name: str) -> None:
    strategy = manifests.workload(name).manifest["spec"]["strategy"]
    assert strategy == {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1, "maxUnavailable": 0}}


def grace(workload: Workload) -> int:
    return int(workload.pod["terminationGracePeriodSeconds"])


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_that_is_told_to_stop_serves_until_dns_has_forgotten_it_and_ends_before_it_is_killed(
    manifests: Manifests, name: str
) -> None:
    """30 s is what the usual cluster's DNS caches, a second is the gateway's own."""
    workload = manifests.workload(name)
    drain = float(manifests.environment(workload.main)["DRAIN_SECONDS"])
    specification = importlib.util.spec_from_file_location("gunicorn_conf", ROOT / "services/gunicorn.conf.py")
    assert specification
    assert specification.loader
    gunicorn = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(gunicorn)
    assert drain >= 30 + 1
    assert grace(workload) > drain + gunicorn.graceful_timeout + gunicorn._SHUT_SECONDS
    assert "lifecycle" not in workload.main


def test_the_gateway_listens_until_the_world_has_heard_and_has_time_to_finish(manifests: Manifests) -> None:
    workload = manifests.workload("gateway")
    wait = workload.main["lifecycle"]["preStop"]["sleep"]["seconds"]
    assert wait >= 15
    assert grace(workload) >= wait + 35  # proxy_read_timeout and some


def test_a_load_balancer_stops_sending_before_the_gateway_stops_listening(aws: Manifests) -> None:
    (ingress,) = aws.of("Ingress")
    attributes = ingress["metadata"]["annotations"]["alb.ingress.kubernetes.io/target-group-attributes"]
    wait = aws.workload("gateway").main["lifecycle"]["preStop"]["sleep"]["seconds"]
    assert int(attributes.removeprefix("deregistration_delay.timeout_seconds=")) < wait


@pytest.mark.parametrize("name", SCALED)
def test_each_scales_and_keeps_a_replica_when_a_node_is_emptied(manifests: Manifests, name: str) -> None:
    scaler = manifests.get("HorizontalPodAutoscaler", name)["spec"]
    assert scaler["scaleTargetRef"] == {"apiVersion": "apps/v1", "kind": "Deployment", "name": name}
    assert 2 <= scaler["minReplicas"] < scaler["maxReplicas"]
    workload = manifests.workload(name)
    assert "replicas" not in workload.manifest["spec"]  # or every apply would undo what the scaler did
    assert "cpu" in workload.main["resources"]["requests"]  # what its percentage is of
    budget = manifests.get("PodDisruptionBudget", name)["spec"]
    assert [one.name for one in manifests.workloads if matches(budget["selector"], one.labels)] == [name]
    assert budget["maxUnavailable"] < scaler["minReplicas"]


@pytest.mark.parametrize("name", SCALED)
def test_replicas_are_spread_and_only_among_their_own(manifests: Manifests, name: str) -> None:
    workload = manifests.workload(name)
    found = workload.pod["topologySpreadConstraints"]
    assert [one["topologyKey"] for one in found] == ["kubernetes.io/hostname", "topology.kubernetes.io/zone"]
    for one in found:
        assert matches(one["labelSelector"], workload.labels)
        assert "app.kubernetes.io/name" in one["matchLabelKeys"]
        assert one["whenUnsatisfiable"] == "ScheduleAnyway"


def test_there_is_one_reconciler_and_never_two_caches(manifests: Manifests) -> None:
    assert manifests.workload("reconciler").manifest["spec"]["replicas"] == 1
    redis = manifests.workload("redis").manifest["spec"]
    assert (redis["replicas"], redis["strategy"]) == (1, {"type": "Recreate"})


def test_a_changed_value_rolls_the_pods_that_read_it_and_no_others(local: Manifests, work: Path) -> None:
    before = render("local", work)
    after = render(
        "local", work, {"base/kustomization.yaml": ("MAX_UPLOAD_BYTES=52428800", "MAX_UPLOAD_BYTES=1048576")}
    )
    changed = [
        one.name for one in before.workloads if one.manifest["spec"] != after.workload(one.name).manifest["spec"]
    ]
    assert changed == ["reconciler", "upload"]


def test_a_changed_secret_rolls_the_pods_that_read_it_and_no_others(work: Path) -> None:
    from local import credentials

    before = render("local", work)
    credentials.rotate(work / "k8s/overlays/local/secrets/all/secrets.json", "link-keys")
    after = render("local", work)
    changed = [
        one.name for one in before.workloads if one.manifest["spec"] != after.workload(one.name).manifest["spec"]
    ]
    assert changed == ["download"]
