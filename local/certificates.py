"""Certificates with which the store's parts authenticate each other.

The store's gRPC ports have no authentication of their own: with `weed shell`, any local user could list and delete.
Mutual TLS restricts them to holders of a key that is made at each start, in a folder private to the user.
"""

import datetime
import ipaddress
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from local.files import write_private

# The store's names of its parts that serve or call gRPC.
_COMPONENTS = ("MASTER", "VOLUME", "FILER", "S3", "ADMIN", "WORKER", "CLIENT")
_LIFETIME = datetime.timedelta(days=3650)


def make(folder: Path) -> None:
    """Write ca.crt, store.crt and store.key into `folder`. The authority's key is not stored."""
    now = datetime.datetime.now(datetime.UTC)
    authority_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    authority_name = _name("vitrine store authority")
    authority = (
        _builder(authority_name, authority_name, authority_key.public_key(), now)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(authority_key, hashes.SHA256())
    )
    certificate = (
        _builder(_name("vitrine-store"), authority_name, key.public_key(), now)
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1")), x509.DNSName("localhost")]),
            critical=False,
        )
        .add_extension(
            x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH]),
            critical=False,
        )
        .sign(authority_key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    write_private(folder / "ca.crt", authority.public_bytes(pem))
    write_private(folder / "store.crt", certificate.public_bytes(pem))
    write_private(
        folder / "store.key",
        key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()),
    )


def environment(folder: Path) -> dict[str, str]:
    """Return the environment variables that tell the store where the certificates are."""
    variables = {"WEED_GRPC_CA": str(folder / "ca.crt")}
    for component in _COMPONENTS:
        variables[f"WEED_GRPC_{component}_CERT"] = str(folder / "store.crt")
        variables[f"WEED_GRPC_{component}_KEY"] = str(folder / "store.key")
    return variables


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey, now: datetime.datetime
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))  # in case the clock is set back between two starts
        .not_valid_after(now + _LIFETIME)
    )
