"""Rules and dashboard ask for figures that the services give, and each alert is explained."""

import importlib
import json
import re

import pytest
import yaml
from prometheus_client import REGISTRY

from tests.support.manifests import ROOT, Manifests

FOLDER = ROOT / "k8s/components/monitoring"
RULES = yaml.safe_load((FOLDER / "rules.yaml").read_text())["groups"][0]["rules"]
DASHBOARD = json.loads((FOLDER / "dashboard.json").read_text())
OPERATIONS = (ROOT / "docs/operations.md").read_text()
ASKED = {
    **{f"alert {rule['alert']}": rule["expr"] for rule in RULES},
    **{
        f"panel {one['title']} {target['refId']}": target["expr"]
        for one in DASHBOARD["panels"]
        for target in one["targets"]
    },
}


OF_THE_KUBELET = {
    f"kubelet_volume_stats_{what}_bytes": {"namespace", "persistentvolumeclaim"} for what in ("available", "capacity")
}
"""The series of others that rules ask for, with their labels (Kubernetes metrics reference)."""


def figures() -> dict[str, set[str]]:
    """The series of ours by name, each with its labels."""
    for module in (
        "common.http.metrics",
        "catalog.cache.list_cache",
        "catalog.listing",
        "upload.admission",
        "upload.reconciler",
    ):
        importlib.import_module(module)
    found = {}
    for collector in list(REGISTRY._collector_to_names):
        labels = set(getattr(collector, "_labelnames", ()))
        for name in REGISTRY._collector_to_names[collector]:
            if name.startswith("vitrine_"):
                found[name] = labels | ({"le"} if name.endswith("_bucket") else set())
    return found


@pytest.mark.parametrize("what", sorted(ASKED))
def test_what_is_asked_for_is_there_with_its_labels(what: str) -> None:
    expression, known = ASKED[what], figures() | OF_THE_KUBELET
    named = set(re.findall(r"\b(?:vitrine|kubelet)_[a-z_]+", expression))
    assert named
    assert named <= set(known), named - set(known)
    labels = set().union(*(known[name] for name in named))
    for inner in re.findall(r"\{([^}]*)\}", expression):
        assert set(re.findall(r"(\w+)(?:=~|!~|!=|=)\"", inner)) <= labels, inner
    for grouped in re.findall(r"by \(([^)]*)\)", expression):
        assert {label.strip() for label in grouped.split(",")} <= labels, grouped


def test_every_figure_is_on_the_dashboard() -> None:
    shown = " ".join(ASKED.values())
    series = {re.sub(r"_(bucket|count|sum|created|total)$", "", name) for name in figures()}
    assert {name for name in series if name not in shown} == set()


def test_each_alert_is_explained_where_the_operator_looks() -> None:
    """With a heading of its own, and none that is not there."""
    assert set(re.findall(r"(?m)^\| `(Vitrine\w+)`", OPERATIONS)) == {rule["alert"] for rule in RULES}
    for rule in RULES:
        assert rule["annotations"]["summary"].endswith(".")
        assert rule["labels"]["severity"] in ("critical", "warning")


def test_the_outcomes_that_count_as_failures_are_the_storages_own() -> None:
    from common.s3 import errors as s3_errors

    for name in re.findall(r'outcome=~"([^"]+)"', ASKED["alert VitrineStorageFailing"])[0].split("|"):
        assert issubclass(getattr(s3_errors, name), Exception)


def test_the_volume_that_is_watched_is_the_store_s(local: Manifests) -> None:
    """A volume claim has the names of its template and of its pod (Kubernetes, "StatefulSets")."""
    (store,) = local.of("StatefulSet")
    (claim,) = store["spec"]["volumeClaimTemplates"]
    names = store["metadata"]["namespace"], f"{claim['metadata']['name']}-{store['metadata']['name']}-0"
    labels = f'{{namespace="{names[0]}", persistentvolumeclaim="{names[1]}"}}'
    assert ASKED["alert VitrineStoreDiskFilling"].count(labels) == 2


def test_prometheus_is_told_which_pods_to_ask_and_at_which_port(aws: Manifests) -> None:
    for name in ("upload", "catalog", "download", "reconciler"):
        workload = aws.workload(name)
        annotations = workload.manifest["spec"]["template"]["metadata"]["annotations"]
        assert annotations == {
            "prometheus.io/scrape": "true",
            "prometheus.io/port": str(workload.main["ports"][0]["containerPort"]),
            "prometheus.io/path": "/metrics",
        }


def test_rules_and_dashboard_reach_the_cluster_as_they_are(aws: Manifests) -> None:
    held = {name: text for one in aws.of("ConfigMap") for name, text in one["data"].items()}
    for file in ("rules.yaml", "dashboard.json"):
        assert held[file] == (FOLDER / file).read_text()
