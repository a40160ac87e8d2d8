"""The ports: what Freeloader asks of the outside world, and the errors that come back.

BackendError            transient=True: wait and ask again; False: asking again is no use
├── StoreError
│   └── ObjectNotFound
├── ClusterError
└── ScanError
"""

from backends.base.cluster import (
    Cluster,
    Idle,
    IdleNodes,
    JobRef,
    Observation,
    Partition,
    Phase,
    Qos,
    Resources,
    Run,
    SiteSurvey,
    Submission,
)
from backends.base.errors import BackendError, ClusterError, ObjectNotFound, ScanError, StoreError
from backends.base.scanner import (
    MAX_LOCATIONS,
    Coverage,
    FindingReport,
    Place,
    ScanFile,
    Scanner,
    ScanReport,
    Unpack,
    Unpacked,
)
from backends.base.store import (
    Footprint,
    OpenUpload,
    Part,
    PartLimits,
    Shelf,
    SignedForm,
    SignedRequest,
    Store,
    StoredObject,
)

__all__ = [
    "MAX_LOCATIONS",
    "BackendError",
    "Cluster",
    "ClusterError",
    "Coverage",
    "FindingReport",
    "Footprint",
    "Idle",
    "IdleNodes",
    "JobRef",
    "ObjectNotFound",
    "Observation",
    "OpenUpload",
    "Part",
    "PartLimits",
    "Partition",
    "Phase",
    "Place",
    "Qos",
    "Resources",
    "Run",
    "ScanError",
    "ScanFile",
    "ScanReport",
    "Scanner",
    "Shelf",
    "SignedForm",
    "SignedRequest",
    "SiteSurvey",
    "Store",
    "StoreError",
    "StoredObject",
    "Submission",
    "Unpack",
    "Unpacked",
]
