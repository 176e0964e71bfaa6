"""The words that people may type after `/ai4os`: verbs, options, their other names, and the help on them."""

from enum import StrEnum

from bot.domain.base import Frozen
from bot.domain.catalog import Capability
from bot.domain.request import Field


class Verb(StrEnum):
    """What a person can ask for."""

    MENU = "menu"
    HELP = "help"
    DEPLOY = "deploy"
    LIST = "list"
    ACCESS = "access"
    DETAILS = "info"
    STOP = "stop"
    MODULES = "modules"
    MODULE = "module"
    REMINDERS = "reminders"
    WHY = "why"
    ADMIN = "admin"


class VerbHelp(Frozen):
    """How a verb is written, what it does, its options with what they are for, and examples to copy."""

    usage: str
    summary: str
    examples: tuple[str, ...]
    notes: str = ""
    options: tuple[tuple[str, str], ...] = ()


class Flag(Frozen):
    """An option of `deploy`: how it is written, which field it fills, and what it is for."""

    name: str
    field: Field
    value: str
    purpose: str


class Filter(Frozen):
    """An option of `modules`, which has no value: how it is written, what it leaves, and what that is in words."""

    name: str
    capability: Capability
    purpose: str


FLAGS = (
    Flag(name="--platform", field=Field.PLATFORM, value="NAME", purpose="the platform, if you belong to several"),
    Flag(name="--service", field=Field.SERVICE, value="deepaas|jupyter|vscode", purpose="what to run"),
    Flag(name="--gpu", field=Field.GPU, value="N", purpose="how many GPUs"),
    Flag(name="--gpu-model", field=Field.GPU_MODEL, value="MODEL", purpose="only if no other model will do"),
    Flag(name="--gpu-reason", field=Field.GPU_REASON, value='"WHY"', purpose="why a second GPU is really needed"),
    Flag(name="--cpu", field=Field.CPU, value="N", purpose="how many CPU cores"),
    Flag(name="--ram", field=Field.RAM, value="MB", purpose="memory in MB"),
    Flag(name="--disk", field=Field.DISK, value="MB", purpose="disk in MB"),
    Flag(name="--tag", field=Field.TAG, value="TAG", purpose="the Docker tag"),
    Flag(name="--title", field=Field.TITLE, value='"TITLE"', purpose="a short name to find it again"),
    Flag(name="--description", field=Field.DESCRIPTION, value='"TEXT"', purpose="what it is for"),
    Flag(name="--site", field=Field.SITE, value="SITE", purpose="where it must run"),
    Flag(name="--hostname", field=Field.HOSTNAME, value="NAME", purpose="a name for its address, where there is one"),
)

CONFIRM = "--yes"
CONFIRM_PURPOSE = "deploy at once, without the form, if nothing is missing or doubtful; otherwise the form opens"

FILTERS = (
    Filter(name="--trainable", capability=Capability.TRAINABLE, purpose="only what can be trained on your data"),
    Filter(name="--inference", capability=Capability.INFERENCE, purpose="only what is ready for inference"),
    Filter(name="--dev", capability=Capability.DEVELOPMENT, purpose="only what is for writing new modules"),
)

HELP: dict[Verb, VerbHelp] = {
    Verb.MODULES: VerbHelp(
        usage="modules [WORDS] " + " ".join(f"[{each.name}]" for each in FILTERS),
        summary="Look for modules in the catalogue, by words and by what they are good for.",
        examples=("/ai4os modules", "/ai4os modules plankton images", "/ai4os modules audio --trainable"),
        notes="With several filters, only what fits all of them is shown.",
        options=tuple((each.name, each.purpose) for each in FILTERS),
    ),
    Verb.MODULE: VerbHelp(
        usage="module NAME",
        summary="Show a module: what it does, its licence and links, and whether its hardware is free now.",
        examples=("/ai4os module ai4os-demo-app",),
    ),
    Verb.DEPLOY: VerbHelp(
        usage="deploy [MODULE] " + " ".join(f"[{flag.name} {flag.value}]" for flag in FLAGS) + f" [{CONFIRM}]",
        summary="Open the form for a new deployment, filled in with what you give.",
        examples=(
            "/ai4os deploy",
            "/ai4os deploy ai4os-demo-app --service jupyter --cpu 4 --ram 8000",
            '/ai4os deploy ai4os-yolo-torch --gpu 1 --title "Plankton run 3"',
            "/ai4os deploy ai4os-demo-app --service jupyter --yes",
        ),
        options=(*((f"{flag.name} {flag.value}", flag.purpose) for flag in FLAGS), (CONFIRM, CONFIRM_PURPOSE)),
    ),
    Verb.LIST: VerbHelp(
        usage="list",
        summary="Show your deployments on every platform you belong to, those made in the Dashboard included.",
        examples=("/ai4os list",),
    ),
    Verb.ACCESS: VerbHelp(
        usage="access NAME",
        summary="Show the links of a deployment, whether they answer yet, and the IDE password on demand.",
        examples=('/ai4os access "Plankton run 3"', "/ai4os access 1b4e28ba"),
        notes="NAME is a title, an id, or the beginning of an id.",
    ),
    Verb.DETAILS: VerbHelp(
        usage="info NAME",
        summary="Show a deployment's id, hardware, site, image, events and error messages.",
        examples=("/ai4os info 1b4e28ba",),
        notes="NAME is a title, an id, or the beginning of an id.",
    ),
    Verb.STOP: VerbHelp(
        usage="stop NAME",
        summary="Stop a deployment, or remove a failed one. You are asked before anything is lost.",
        examples=('/ai4os stop "Plankton run 3"', "/ai4os stop 1b4e28ba"),
        notes="NAME is a title, an id, or the beginning of an id.",
    ),
    Verb.REMINDERS: VerbHelp(
        usage="reminders",
        summary="Show what you are asked about, what you keep, and choose the hour of the message or a pause.",
        examples=("/ai4os reminders",),
    ),
    Verb.WHY: VerbHelp(
        usage="why NAME",
        summary="Show how much a deployment is used, as far as that is measured, and why you are asked about it.",
        examples=('/ai4os why "Plankton run 3"', "/ai4os why 1b4e28ba"),
        notes="NAME is a title, an id, or the beginning of an id.",
    ),
    Verb.HELP: VerbHelp(
        usage="help [COMMAND]",
        summary="Show this list, or one command with examples.",
        examples=("/ai4os help", "/ai4os help deploy"),
    ),
    Verb.ADMIN: VerbHelp(
        usage="admin review|audit|exempt|pause|resume|go live|go dry|catalog|refresh",
        summary="Look after reminders and the catalogue, as an administrator of a platform.",
        examples=(
            "/ai4os admin review",
            '/ai4os admin exempt "Plankton run 3" --until 30 --reason "paper deadline"',
            "/ai4os admin exempt --owner ada@example.org --kind gpu-idle --until 2026-12-31 --reason workshop",
            "/ai4os admin exempt 1b4e28ba --end",
            '/ai4os admin pause --until 2026-12-31 --reason "maintenance"',
            "/ai4os admin go live",
            "/ai4os admin refresh ai4os-demo-app",
        ),
        notes="`review` shows what rests, who does not answer, what holds reminders back, and what would be sent.\n"
        "`exempt NAME` and `exempt --owner EMAIL` keep something from being asked about, `--end` ends that.\n"
        "`pause` and `resume` hold all reminders back and let them go on.\n"
        "`go live` ends the dry run, in which only administrators hear; `go dry` begins it again.\n"
        "`audit [N]` shows the newest entries of the audit log.\n"
        "`catalog` shows how old our copy is and which modules are broken; `refresh [NAME]` reads the published "
        "catalogue anew, or one module of it.",
        options=(
            ("--until DATE|DAYS", "the last day, such as 2026-12-31 or 30; an exemption lasts 90 days at most"),
            ('--reason "WHY"', "why; an exemption needs one"),
            ("--kind KIND", "of `exempt`: only this finding, such as gpu-idle or long-running"),
            ("--owner EMAIL", "of `exempt`: all of a person's deployments"),
            ("--end", "of `exempt`: end it now"),
        ),
    ),
}
ADMIN_WORDS = ("review", "audit", "exempt", "pause", "resume", "go live", "go dry", "catalog", "refresh", "help")
"""What may follow `admin`; who may say it is checked before whether it is said rightly."""
ADMIN_OPTIONS = {
    "exempt": ("--until", "--reason", "--kind", "--owner", "--end"),
    "pause": ("--until", "--reason"),
    "go live": ("--reason",),
    "go dry": ("--reason",),
}
"""Which options each of them takes."""

ALIASES = {
    "": Verb.MENU,
    "menu": Verb.MENU,
    "start": Verb.MENU,
    "help": Verb.HELP,
    "?": Verb.HELP,
    "--help": Verb.HELP,
    "-h": Verb.HELP,
    "man": Verb.HELP,
    "deploy": Verb.DEPLOY,
    "create": Verb.DEPLOY,
    "new": Verb.DEPLOY,
    "run": Verb.DEPLOY,
    "launch": Verb.DEPLOY,
    "train": Verb.DEPLOY,
    "list": Verb.LIST,
    "ls": Verb.LIST,
    "deployments": Verb.LIST,
    "ps": Verb.LIST,
    "status": Verb.LIST,
    "access": Verb.ACCESS,
    "open": Verb.ACCESS,
    "links": Verb.ACCESS,
    "url": Verb.ACCESS,
    "info": Verb.DETAILS,
    "show": Verb.DETAILS,
    "details": Verb.DETAILS,
    "stop": Verb.STOP,
    "delete": Verb.STOP,
    "remove": Verb.STOP,
    "rm": Verb.STOP,
    "kill": Verb.STOP,
    "modules": Verb.MODULES,
    "marketplace": Verb.MODULES,
    "catalog": Verb.MODULES,
    "catalogue": Verb.MODULES,
    "search": Verb.MODULES,
    "find": Verb.MODULES,
    "module": Verb.MODULE,
    "about": Verb.MODULE,
    "reminders": Verb.REMINDERS,
    "reminder": Verb.REMINDERS,
    "notifications": Verb.REMINDERS,
    "why": Verb.WHY,
    "usage": Verb.WHY,
    "use": Verb.WHY,
    "admin": Verb.ADMIN,
}
FLAG_ALIASES = {
    "--gpus": "--gpu",
    "--cpus": "--cpu",
    "--memory": "--ram",
    "--mem": "--ram",
    "--name": "--title",
    "--desc": "--description",
    "--host": "--hostname",
    "--vo": "--platform",
    "--docker-tag": "--tag",
    "--model": "--gpu-model",
    "--reason": "--gpu-reason",
}
FILTER_ALIASES = {
    "--train": "--trainable",
    "--training": "--trainable",
    "--trained": "--inference",
    "--inference-ready": "--inference",
    "--ready": "--inference",
    "--development": "--dev",
    "--dev-env": "--dev",
}
ADMIN_ALIASES = {
    "": "help",
    "?": "help",
    "catalogue": "catalog",
    "modules": "catalog",
    "reload": "refresh",
    "idle": "review",
    "status": "review",
    "log": "audit",
    "except": "exempt",
    "exemption": "exempt",
    "hold": "pause",
    "continue": "resume",
    "unpause": "resume",
    "live": "go live",
    "go-live": "go live",
    "golive": "go live",
    "dry": "go dry",
    "go-dry": "go dry",
    "dry-run": "go dry",
    "shadow": "go dry",
}
ADMIN_OPTION_ALIASES = {
    "--to": "--until",
    "--days": "--until",
    "--why": "--reason",
    "--because": "--reason",
    "--finding": "--kind",
    "--email": "--owner",
    "--stop": "--end",
}
CONFIRMING = frozenset({CONFIRM, "-y", "--confirm"})
