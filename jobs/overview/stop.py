"""The page that the weekly letter leads to, to end it; its token is all that it asks for."""

from __future__ import annotations

from django.contrib.auth.models import User
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from jobs.overview.wishes import set_wish, user_of, wishes


@csrf_exempt  # a mail service presses this button, without a cookie (RFC 8058)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def stop(request: HttpRequest, token: str) -> HttpResponse:
    """A button; pressed by POST, from the page or by a mail program, it ends the letter."""
    try:
        user = user_of(token)
    except User.DoesNotExist as error:
        raise Http404 from error
    if request.method == "POST":
        set_wish(user, is_wanted=False)
    return render(request, "digest_stop.html", {"wishes": wishes(user)})
