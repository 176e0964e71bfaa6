"""The tasks beside `main`: the web interface of DEEPaaS, the storage mount and its clean-up; and where secrets go."""

from typing import Any

from bot.domain.base import DeploymentId
from bot.domain.platform import DockerOptions
from bot.domain.request import StorageMount
from bot.nomad.secret_items import Item

_RCLONE_CONFIG = "/srv/.rclone/rclone.conf"
_MOUNT_POINT = "/storage"
_INTERFACE_SHARED_MEMORY_BYTES = 250_000_000
_MINUTE_NS = 60 * 10**9

# The path comes in as an argument, so that nothing is ever put together into a command. Only an empty folder is
# removed: were the mount still there, removing its content would delete the person's files.
_CLEANUP_SCRIPT = 'mountpoint -q "$1" && umount --lazy "$1"; [ ! -d "$1" ] || rmdir "$1"'


def interface(docker: DockerOptions) -> dict[str, Any]:
    """Return the task with the web interface of DEEPaaS.

    It is retried for ever rather than given up, because a side task that fails takes the main one down with it.
    """
    config: dict[str, Any] = {
        "image": f"{docker.side_images}/deepaas_ui:latest",
        "force_pull": docker.force_pull,
        "ports": ["ui"],
        "shm_size": _INTERFACE_SHARED_MEMORY_BYTES,
        "memory_hard_limit": 500,
        **_network(docker),
    }
    return {
        "Name": "ui",
        "Driver": "docker",
        "Lifecycle": {"Hook": "poststart", "Sidecar": True},
        "Config": config,
        "Env": {"DURATION": "10000d", "UI_PORT": "80"},
        "RestartPolicy": {"Attempts": 3, "Interval": 10 * _MINUTE_NS, "Delay": _MINUTE_NS, "Mode": "delay"},
        "Resources": {"CPU": 500, "MemoryMB": 500, "MemoryMaxMB": 500},
    }


def storage_mount(deployment: DeploymentId, storage: StorageMount, docker: DockerOptions) -> dict[str, Any]:
    """Return the task that mounts the person's Nextcloud directory on the node, before and as long as `main` runs."""
    return {
        "Name": "storage_mount",
        "Driver": "docker",
        "Lifecycle": {"Hook": "prestart", "Sidecar": True},
        "Config": {
            "image": f"{docker.side_images}/docker-storage:latest",
            "force_pull": docker.force_pull,
            "privileged": True,
            "volumes": [storage_volume(deployment)],
            **_network(docker),
        },
        "Env": {**rclone_env(storage), "REMOTE_PATH": "rshare:/", "LOCAL_PATH": _MOUNT_POINT},
        "Templates": [_template(deployment, {**_ADDRESS, "RCLONE_CONFIG_RSHARE_PASS": Item.STORAGE_PASSWORD})],
        "Resources": {"CPU": 50, "MemoryMB": 2000},
    }


def storage_cleanup(deployment: DeploymentId) -> dict[str, Any]:
    """Return the task that unmounts the directory on the node and removes the empty mount point at the end."""
    script = ["-c", _CLEANUP_SCRIPT, "storage_cleanup", _node_path(deployment)]
    return {
        "Name": "storage_cleanup",
        "Driver": "raw_exec",
        "Lifecycle": {"Hook": "poststop", "Sidecar": False},
        "Config": {"command": "/bin/bash", "args": script},
    }


def storage_volume(deployment: DeploymentId) -> str:
    """Return the bind through which both containers see the directory; Docker makes the folder on the node."""
    return f"{_node_path(deployment)}:{_MOUNT_POINT}:shared"


def rclone_env(storage: StorageMount) -> dict[str, str]:
    """Return rclone's settings that are neither secret nor typed by anybody."""
    return {
        "RCLONE_CONFIG": _RCLONE_CONFIG,
        "RCLONE_CONFIG_RSHARE_TYPE": "webdav",
        "RCLONE_CONFIG_RSHARE_VENDOR": "nextcloud" if storage.vendor == "nextcloud" else "other",
    }


def main_secrets(deployment: DeploymentId, *, password: bool, storage: bool) -> dict[str, Any]:
    """Return the template through which `main` reads its secrets; rclone there wants the password obscured."""
    wanted: dict[str, Item] = {"jupyterPASSWORD": Item.IDE_PASSWORD} if password else {}
    if storage:
        wanted |= {**_ADDRESS, "RCLONE_CONFIG_RSHARE_PASS": Item.STORAGE_PASSWORD_OBSCURED}
    return _template(deployment, wanted)


_ADDRESS = {"RCLONE_CONFIG_RSHARE_URL": Item.STORAGE_URL, "RCLONE_CONFIG_RSHARE_USER": Item.STORAGE_USER}


def _template(deployment: DeploymentId, wanted: dict[str, Item]) -> dict[str, Any]:
    """Return a template of environment variables from the deployment's Variable.

    `toJSON` quotes each value so that it arrives whatever it holds, and Nomad does not interpolate what a template
    wrote. A change of the Variable must not restart the task: the bot deletes it when the deployment goes.
    """
    lines = "".join(f"{name}={{{{ .{item.value} | toJSON }}}}\n" for name, item in wanted.items())
    return {
        "EmbeddedTmpl": f'{{{{- with nomadVar "nomad/jobs/{deployment}" -}}}}\n{lines}{{{{ end -}}}}\n',
        "DestPath": "secrets/deployment.env",
        "Envvars": True,
        "ChangeMode": "noop",
        "Perms": "0600",
    }


def _node_path(deployment: DeploymentId) -> str:
    return f"/nomad-storage/{deployment}"


def _network(docker: DockerOptions) -> dict[str, str]:
    return {"network_mode": docker.network_mode} if docker.network_mode else {}
