"""Services, Variables and namespaces as Nomad's HTTP API shows them."""

from playground.cluster.records import JsonObject, Namespace, Service, Variable
from playground.cluster.shapes.moments import nanoseconds


def service(record: Service) -> JsonObject:
    """Return one registration of a service."""
    return {
        "Address": record.address,
        "AllocID": record.allocation,
        "CreateIndex": record.create_index,
        "Datacenter": record.site,
        "ID": record.id,
        "JobID": record.job,
        "ModifyIndex": record.modify_index,
        "Namespace": record.namespace,
        "NodeID": record.node,
        "Port": record.port,
        "ServiceName": record.name,
        "Tags": list(record.tags) or None,
    }


def variable(record: Variable, *, with_items: bool) -> JsonObject:
    """Return a variable, or only what lists tell about it."""
    shown: JsonObject = {
        "CreateIndex": record.create_index,
        "CreateTime": nanoseconds(record.created),
        "ModifyIndex": record.modify_index,
        "ModifyTime": nanoseconds(record.modified),
        "Namespace": record.namespace,
        "Path": record.path,
    }
    return {**shown, "Items": dict(record.items)} if with_items else shown


def namespace(record: Namespace) -> JsonObject:
    """Return a namespace."""
    limited = record.enabled_drivers is not None or record.disabled_drivers is not None
    return {
        "Capabilities": {
            "DisabledNetworkModes": None,
            "DisabledTaskDrivers": list(record.disabled_drivers) if record.disabled_drivers else None,
            "EnabledNetworkModes": None,
            "EnabledTaskDrivers": list(record.enabled_drivers) if record.enabled_drivers else None,
        }
        if limited
        else None,
        "ConsulConfiguration": None,
        "CreateIndex": record.create_index,
        "Description": record.description,
        "Hash": "",
        "Meta": dict(record.meta) or None,
        "ModifyIndex": record.modify_index,
        "Name": record.name,
        "NodePoolConfiguration": None,
        "Quota": "",
        "VaultConfiguration": None,
    }
