"""The words of the deploy form: what each field is called, and what Show help says about it."""

from bot.domain.base import Frozen
from bot.domain.catalog import Capability, Service
from bot.domain.request import Field


class FieldText(Frozen):
    """What a field is called, what stands in it while it is empty, and its explanation."""

    label: str
    placeholder: str = ""
    help: str


SERVICE_PURPOSES = {
    Service.DEEPAAS: "Inference through an API; nothing to program",
    Service.JUPYTER: "Notebooks and terminals, to retrain or develop",
    Service.VSCODE: "An editor in the browser, to develop",
}
EITHER_OR = "One at a time. To have both, choose JupyterLab and run “deep-start --deepaas” in its terminal."
CAPABILITIES = {
    Capability.INFERENCE: "is ready for inference",
    Capability.TRAINABLE: "can be trained on your data",
    Capability.DEVELOPMENT: "is for writing new modules",
}
"""What is said after a module's name; several are joined by “and”."""
TEXTS = {
    Field.PLATFORM: FieldText(
        label="Platform", placeholder="Choose a platform", help="The project whose computers the deployment runs on."
    ),
    Field.MODULE: FieldText(
        label="Module",
        placeholder="Type to search, for example: plants",
        help="What to deploy. Inference-ready modules work at once, trainable ones learn from your data, and the "
        "development environment is for writing a new module.",
    ),
    Field.SERVICE: FieldText(
        label="Service",
        help="What runs in it: DEEPaaS is recommended for inference, JupyterLab for retraining and developing. Never "
        "two at once, because DEEPaaS would keep serving the code it started with. In JupyterLab, open New launcher → "
        "Others → Terminal to start DEEPaaS by hand; after code changes, end it and start it again.",
    ),
    Field.PASSWORD: FieldText(
        label="IDE password (9 characters or more)",
        placeholder="Leave empty and the bot makes a strong one",
        help="What you log in to the IDE with; at least 9 characters. Slack shows what you type here. A password the "
        "bot makes is shown to you alone, whenever you ask.",
    ),
    Field.TAG: FieldText(
        label="Docker tag",
        placeholder="Choose a tag",
        help="Which build of the module to run. Take “latest” or “cpu” if you ask for no GPU, and “gpu” if you do.",
    ),
    Field.TAG_CONFIRMED: FieldText(label="Is this tag right?", help=""),
    Field.TITLE: FieldText(
        label="Title",
        placeholder="For example: Plankton run 3",
        help="A short name to find the deployment again. Leave it empty and it is named after the module.",
    ),
    Field.DESCRIPTION: FieldText(
        label="Description", placeholder="What is it for?", help="A longer description, for yourself and for support."
    ),
    Field.HOSTNAME: FieldText(
        label="Hostname",
        placeholder="my-custom-name",
        help="A name of your own in the addresses of your services, if nobody else has it. Small letters, digits and "
        "hyphens.",
    ),
    Field.CPU: FieldText(label="CPUs", help="How many processor cores. A few are enough for most inference."),
    Field.GPU: FieldText(
        label="GPUs",
        help="We recommend none for inference and development, and one for (re)training. GPUs are scarce: please use "
        "at most 1, and 2 only if really needed.",
    ),
    Field.GPU_MODEL: FieldText(
        label="GPU model",
        placeholder="Choose a model",
        help="Choose one only if no other will do: any model starts sooner.",
    ),
    Field.GPU_REASON: FieldText(
        label="Why is a second GPU really needed?",
        placeholder="For example: two trainings that must finish before Friday",
        help="A few words are enough. They are kept with the deployment.",
    ),
    Field.RAM: FieldText(label="RAM in MB", help="Memory. A program that needs more than this is ended."),
    Field.DISK: FieldText(
        label="Disk in MB", help="Room inside the deployment. It is lost with it; keep results under /storage."
    ),
    Field.SITE: FieldText(
        label="Site", placeholder="Choose a site", help="Where it must run. Any site starts sooner than a given one."
    ),
    Field.STORAGE_URL: FieldText(
        label="Storage address",
        placeholder="https://share.example.org/remote.php/dav/files/USER-ID",
        help="The WebDAV address that Nextcloud shows under Settings; your files then appear under /storage.",
    ),
    Field.STORAGE_USER: FieldText(
        label="Storage user", placeholder="The user of the app password", help="The user name that rclone logs in with."
    ),
    Field.STORAGE_PASSWORD: FieldText(
        label="Storage app password",
        placeholder="The app password for rclone",
        help="The app password that Nextcloud made for rclone, never your own. Slack shows what you type here; you can "
        "revoke it in Nextcloud at any time.",
    ),
}
