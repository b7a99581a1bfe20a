"""What every organisation shares: connectors, flow specs, and the words of run errors.

Ids and names come from Adobe's documents where they give them (docs: cloud-storage tutorial, update-dataflows,
monitor); the rest are made up in the same shape.
"""

from dataclasses import dataclass

PROVIDER_ID = "0ed90a81-07f4-4586-8190-b40eccef1c5a"
TARGET_SPEC_ID = "c604ff05-7f1a-43c0-8e18-33bf874cb11c"
COPY_ACTIVITY = "4f008a00-3a04-11eb-adc1-0242ac120002"
PROMOTION_ACTIVITY = "37b34f84-1ada-11eb-adc1-0242ac120002"


@dataclass(frozen=True, slots=True)
class FlowSpecKind:
    """A flow spec: what kind of flow it describes."""

    id: str
    name: str
    frequency: str
    direction: str
    """``source``, ``destination`` or ``internal``."""


@dataclass(frozen=True, slots=True)
class Connector:
    """A connector: the connection spec of a source (or destination) and the flow spec that goes with it."""

    word: str
    spec_id: str
    name: str
    label: str
    flow_spec: FlowSpecKind


_CLOUD = FlowSpecKind(
    "9753525b-82c7-4dce-8a9b-5ccfce2b9876", "CloudStorageToAEP", "batch", "source"
)
_DATABASE = FlowSpecKind("14518937-270c-4525-bdec-c2ba7cce3860", "DatabaseToAEP", "batch", "source")
_CRM = FlowSpecKind("d8a45d51-bd98-4a1b-8a2f-7b3f5a7c1f6e", "CRMToAEP", "batch", "source")
_STREAM = FlowSpecKind("d8a6f005-7eaf-4153-983e-e8574508b877", "StreamToAEP", "streaming", "source")
_FILES_OUT = FlowSpecKind(
    "71471eba-b620-49e4-90fd-23f1fa0174d8", "AEPToCloudStorage", "batch", "destination"
)
_INTERNAL = FlowSpecKind(
    "15f8402c-ba66-4626-b54c-9f8e54244d61", "DataLakeToProfile", "batch", "internal"
)

_CONNECTORS = (
    Connector(
        "amazon-s3", "ecadc60c-7455-4d87-84dc-2a0e293d997b", "amazon-s3", "Amazon S3", _CLOUD
    ),
    Connector(
        "azure-blob", "4c10e202-c428-4796-9208-5f1f5732b1cf", "azure-blob", "Azure Blob", _CLOUD
    ),
    Connector("sftp", "bf367b0d-3d9b-4060-b67b-0d3d9bd06094", "sftp", "SFTP", _CLOUD),
    Connector(
        "google-bigquery",
        "3c9b37f8-13a6-43d8-bad3-b863b941fedd",
        "google-big-query",
        "Google BigQuery",
        _DATABASE,
    ),
    Connector(
        "salesforce",
        "cfc0fee1-7dc0-40ef-b73e-d8b134c436f5",
        "salesforce",
        "Salesforce CRM",
        _CRM,
    ),
    Connector("http-api", "bc7b00d6-623a-4dfc-9fdb-f1240aeadaeb", "http-api", "HTTP API", _STREAM),
    Connector(
        "s3-destination",
        "4fce964d-3f37-408f-9778-e597338a21ee",
        "amazon-s3-destination",
        "Amazon S3 (destination)",
        _FILES_OUT,
    ),
    Connector(
        "internal", "8a9c3494-9708-43d7-ae3f-cda01e5030e1", "data-lake", "Data lake", _INTERNAL
    ),
)
CONNECTORS = {connector.word: connector for connector in _CONNECTORS}
FLOW_SPECS = {connector.flow_spec.id: connector.flow_spec for connector in _CONNECTORS}


def flow_spec_of(connector: Connector, *, frequency: str) -> FlowSpecKind:
    """Return the connector's flow spec, or the one that fits a flow which is said to be of another frequency."""
    if frequency in {"", connector.flow_spec.frequency}:
        return connector.flow_spec
    return _STREAM if frequency == "streaming" else _CLOUD


# Code -> message, in the platform's own wording (docs: monitor, alert rules, ingestion troubleshooting).
RUN_ERRORS = {
    "CONNECTOR-1001-500": "Error in copying the data from Source.",
    "CONNECTOR-2001-500": "Error in processing the copied data.",
    "CONNECTOR-3001-500": "Error in creating the batch.",
    "INGEST-1212-400": "We encountered row errors; the remaining rows were ingested.",
    "MAPPER-3700-400": "We encountered errors transforming the data: the mapping does not fit.",
    "133": "No files were located for this batch.",
    "106": "The dataset file is empty.",
    "118": "The CSV file contains an empty header row.",
    "140": "The batch has already been ingested and was detected as a duplicate.",
    "ACTIVATION_BATCH-0000-FAILED": "The activation job was aborted.",
}
# What the copy activity of a failed copy adds (docs: alert rules).
COPY_DETAIL = (
    "2200",
    "ErrorCode=SftpNetworkIssue,A connection attempt failed because the connected party did not answer in time.",
)


def run_error_message(code: str) -> str:
    """Return the platform's message for an error code of a run."""
    return RUN_ERRORS.get(code, f"The run failed with {code}.")
