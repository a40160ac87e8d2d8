"""What a PI offers: pipelines and their code, the clusters they run on, how long results live."""

from pipelines.models.cluster import Cluster
from pipelines.models.code_version import CodeVersion
from pipelines.models.expiry_period import ExpiryPeriod
from pipelines.models.pipeline import Pipeline

__all__ = ["Cluster", "CodeVersion", "ExpiryPeriod", "Pipeline"]
