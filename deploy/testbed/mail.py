"""The post office: an SMTP server that puts every letter into a folder."""

import importlib.util
from collections.abc import Sequence

from deploy.testbed.env import MailEnv
from deploy.testbed.part import Part
from deploy.testbed.place import HOST
from deploy.testbed.processes import Daemon, answers, python


class Mail(Part):
    name = "mail"

    def obstacle(self) -> str:
        if importlib.util.find_spec("aiosmtpd") is None:
            return "the Python package aiosmtpd is missing: pip install -r requirements/test.txt"
        return super().obstacle()

    def prepare(self) -> bool:
        self.folder.mkdir(mode=0o700, exist_ok=True)
        return False

    def stages(self) -> Sequence[Sequence[Daemon]]:
        port = self.bed.port("mail")
        argv = python("deploy.testbed.mail_sink", str(self.folder), "--port", str(port))
        return [[Daemon("mail", argv, lambda: answers(port, b"220"), port=port)]]

    def describe(self) -> MailEnv:
        return MailEnv(HOST, self.bed.port("mail"), self.folder)
