"""What Django finds of the admin of jobs; the pages themselves are in `jobs.desk`."""

from __future__ import annotations

from django.contrib import admin

from jobs.desk.alarms import AlarmAdmin
from jobs.desk.job import JobAdmin
from jobs.desk.letters import LetterAdmin
from jobs.gone.admin import GivenUpClusterAdmin
from jobs.models import Alarm, Job, Letter
from jobs.rehearsal_page.admin import RehearsedPipelineAdmin
from pipelines.models import Cluster, Pipeline


def _unregister_queue() -> None:
    """django-q2's own admin runs whatever function a row names: for nobody."""
    from django_q.models import Failure, OrmQ, Schedule, Success

    for model in (Failure, OrmQ, Schedule, Success):
        if admin.site.is_registered(model):
            admin.site.unregister(model)


admin.site.enable_nav_sidebar = False  # the lists need its room; the index has the same links
admin.site.register(Job, JobAdmin)
admin.site.register(Letter, LetterAdmin)
admin.site.register(Alarm, AlarmAdmin)
_unregister_queue()
# The room of pipelines knows nothing of jobs: what is owed to a cluster, and rehearsals.
admin.site.unregister([Cluster, Pipeline])
admin.site.register(Cluster, GivenUpClusterAdmin)
admin.site.register(Pipeline, RehearsedPipelineAdmin)
