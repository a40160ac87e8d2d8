"""The ports in memory, for the offline tests: held to the same contract as the real ones."""

from backends.memory.cluster import MemoryCluster as MemoryCluster
from backends.memory.store import MemoryStore as MemoryStore
