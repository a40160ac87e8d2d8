"""Where a mail service tells what became of letters: there only when a secret is set."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path

from freeloader_site.mail_setting import MailSettings


def webhook_routes(mail: MailSettings) -> list[URLPattern | URLResolver]:
    """anymail/SERVICE/tracking/ of the one service that letters leave by; else nothing."""
    if "WEBHOOK_SECRET" not in mail.anymail:
        return []
    from anymail.urls import urlpatterns

    name = f"{mail.service}_tracking_webhook"
    return [path("anymail/", include([route for route in urlpatterns if route.name == name]))]
