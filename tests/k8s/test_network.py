"""Who may reach whom: exactly the arrows that there are, allowed on both ends, and nothing else."""

from collections.abc import Iterator

import pytest

from tests.support.manifests import Manifests, Object, Workload, matches

WORLD = "world"
DNS = ("kube-system", {"k8s-app": "kube-dns"})
S3_ON_AWS = "0.0.0.0/0 but 169.254.0.0/16"
CLIENTS = ("upload", "catalog", "download", "reconciler")

INSIDE = {
    ("gateway", "upload", 8001),
    ("gateway", "catalog", 8002),
    ("gateway", "download", 8003),
    ("upload", "redis", 6379),
    ("catalog", "redis", 6379),
    ("reconciler", "redis", 6379),
}
TO_STORE = {(client, "store", 8333) for client in (*CLIENTS, "bucket")}
# Ports that nobody names: the store's inner ones, and what a service could open by mistake.
OTHERS = (22, 80, 443, 8000, 8888, 9333, 9340, 18333, 18888, 19333, 23646, 33646)

Arrow = tuple[str, str, int]


def rules(manifests: Manifests, workload: Workload, direction: str) -> Iterator[Object]:
    """The rules that apply to these pods; a policy that has none denies all."""
    for policy in manifests.of("NetworkPolicy"):
        spec = policy["spec"]
        if direction in spec["policyTypes"] and matches(spec["podSelector"], workload.labels):
            yield from spec.get(direction.lower(), [])


def peers(rule: Object, direction: str) -> list[Object]:
    return list(rule.get("from" if direction == "Ingress" else "to", []))


def ports(rule: Object) -> set[int]:
    """Always said: a rule without ports would open all of them."""
    assert rule["ports"]
    return {port["port"] for port in rule["ports"]}


def allowed(manifests: Manifests, direction: str) -> set[Arrow]:
    """(who, whom, port) among our own pods that this end allows, WORLD where it is anybody."""
    found = set()
    for here in manifests.workloads:
        for rule in rules(manifests, here, direction):
            names = set() if peers(rule, direction) else {WORLD}
            for peer in peers(rule, direction):
                if set(peer) == {"podSelector"}:
                    names |= {one.name for one in manifests.workloads if matches(peer["podSelector"], one.labels)}
            for name in names:
                who, whom = (name, here.name) if direction == "Ingress" else (here.name, name)
                found |= {(who, whom, port) for port in ports(rule)}
    return found


def outside(manifests: Manifests, direction: str) -> set[tuple[str, str, int]]:
    """(workload, what is outside our namespace, port)."""
    found = set()
    for here in manifests.workloads:
        for rule in rules(manifests, here, direction):
            for peer in peers(rule, direction):
                if "namespaceSelector" in peer:
                    space = peer["namespaceSelector"]["matchLabels"]["kubernetes.io/metadata.name"]
                    label = f"{space} {peer.get('podSelector', {}).get('matchLabels', {})}"
                    found |= {(here.name, label, port) for port in ports(rule)}
                if "ipBlock" in peer:
                    block = peer["ipBlock"]
                    label = f"{block['cidr']} but {', '.join(block['except'])}"
                    found |= {(here.name, label, port) for port in ports(rule)}
    return found


def expected(manifests: Manifests) -> set[Arrow]:
    has_store = any(workload.name == "store" for workload in manifests.workloads)
    return INSIDE | (TO_STORE if has_store else set())


def test_every_pod_is_denied_all_that_is_not_named(manifests: Manifests) -> None:
    deny = manifests.get("NetworkPolicy", "deny-all")["spec"]
    assert deny == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}


def test_who_sends_may_and_who_receives_lets_him(manifests: Manifests) -> None:
    """Both ends have to allow an arrow; here they allow the same ones, so none is half there."""
    sends = allowed(manifests, "Egress")
    assert sends == expected(manifests)
    open_to_all = {(whom, port) for who, whom, port in allowed(manifests, "Ingress") if who == WORLD}
    receives = {arrow for arrow in allowed(manifests, "Ingress") if arrow[0] != WORLD}
    assert {arrow for arrow in sends if arrow[1:] not in open_to_all} == receives


def test_the_world_reaches_the_gateway_and_where_the_store_is_here_s3(manifests: Manifests) -> None:
    has_store = any(workload.name == "store" for workload in manifests.workloads)
    found = {arrow for arrow in allowed(manifests, "Ingress") if arrow[0] == WORLD}
    assert found == {(WORLD, "gateway", 8080)} | ({(WORLD, "store", 8333)} if has_store else set())


def test_only_who_calls_others_by_name_looks_names_up(manifests: Manifests) -> None:
    has_store = any(workload.name == "store" for workload in manifests.workloads)
    callers = {who for who, _, _ in expected(manifests)}
    found = {arrow for arrow in outside(manifests, "Egress") if arrow[1].startswith("kube-system")}
    assert found == {(who, "kube-system {'k8s-app': 'kube-dns'}", 53) for who in callers | set(CLIENTS)}
    assert ("bucket" in callers) is has_store


def test_on_aws_the_services_reach_s3_and_nobody_else_leaves_the_cluster(aws: Manifests) -> None:
    """Nor does anyone reach the node's own credentials at 169.254.169.254."""
    found = {arrow for arrow in outside(aws, "Egress") if not arrow[1].startswith("kube-system")}
    assert found == {(client, S3_ON_AWS, 443) for client in CLIENTS}


def test_in_a_local_cluster_nobody_leaves_it(local: Manifests) -> None:
    assert all(arrow[1].startswith("kube-system") for arrow in outside(local, "Egress"))
    assert not outside(local, "Ingress")


def test_prometheus_alone_comes_in_from_another_namespace(aws: Manifests) -> None:
    found = outside(aws, "Ingress")
    assert {who for who, _, _ in found} == set(CLIENTS)
    assert {label for _, label, _ in found} == {"monitoring {}"}


@pytest.mark.parametrize("direction", ["Ingress", "Egress"])
def test_no_rule_names_a_port_that_nobody_listens_on(manifests: Manifests, direction: str) -> None:
    listening = {port["containerPort"] for one in manifests.workloads for port in one.main.get("ports", [])}
    named = {port for _, _, port in allowed(manifests, direction)}
    assert named <= listening
    assert not named & set(OTHERS)
