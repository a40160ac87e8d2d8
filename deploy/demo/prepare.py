"""python -m deploy.demo.prepare SCRATCH: all that a demonstration's database and store need.

One process for what would be five of manage.py: starting Django is most of their time.
"""

from __future__ import annotations

import os
import sys

import django
from django.core.management import call_command

MAIL = "demo@example.org"
HER_PIPELINE = "word-statistics"


def main(scratch: str) -> None:
    """Tables, static files, an administrator, a PI, the examples; quick when all is there."""
    django.setup()
    from django.contrib.auth.models import User

    from pipelines.models import Pipeline

    call_command("migrate", verbosity=0)
    call_command("collectstatic", interactive=False, verbosity=0)
    if not User.objects.filter(username="demo").exists():
        call_command("createsuperuser", interactive=False, username="demo", email=MAIL)
    # Without root there is no clamd: the examples say so by this policy, in the admin too.
    call_command("load_examples", scratch=scratch, python=sys.executable, virus_policy="off")
    for unowned in Pipeline.objects.filter(owners=None):  # else nobody gets letters of held files
        unowned.owners.add(User.objects.get(username="demo"))
    call_command("make_groups", verbosity=0)
    if not User.objects.filter(username="ada").exists():
        _add_pi()
    call_command("prepare_store", verbosity=0)


def _add_pi() -> None:
    """An account that sees what PIs see: what is hers, here one of the examples."""
    from django.contrib.auth.models import Group, User

    from pipelines.models import Pipeline

    password = os.environ["DEMO_PI_PASSWORD"]
    ada = User.objects.create_user("ada", "ada@example.org", password, is_staff=True)
    ada.groups.add(Group.objects.get(name="PIs"))
    Pipeline.objects.get(slug=HER_PIPELINE).owners.set([ada])


if __name__ == "__main__":
    main(sys.argv[1])
