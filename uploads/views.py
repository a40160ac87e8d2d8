"""open · sign · complete · delete: the calls around files whose bytes go straight to the store.

The signed handle in the address is the authority; there is no cookie, so no CSRF either.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from backends.base import StoreError
from backends.chosen import chosen_store
from uploads import lots, parts
from uploads.calls import BadCall, Call, read_call
from uploads.models import Upload, UploadedFile

UploadView = Callable[[Upload, Call], HttpResponse]


def with_upload(view: UploadView) -> Callable[..., HttpResponse]:
    """Find the upload, refuse what is closed, and say in JSON when the store does not answer."""

    @csrf_exempt
    @never_cache
    @require_POST
    @wraps(view)
    def found(request: HttpRequest, handle: str) -> HttpResponse:
        try:
            upload = Upload.objects.by_handle(handle)
            if upload.closed_at:
                raise lots.Closed
            upload.touch()
            return view(upload, read_call(request.body))
        except (Upload.DoesNotExist, UploadedFile.DoesNotExist):
            return _refusal(_("This upload is not known here. Reload the page."), 404)
        except BadCall as error:
            return _refusal(str(error), 400)
        except lots.Closed:
            return _refusal(_("This upload is closed. Its status page says why."), 410)
        except StoreError as error:
            text = _("The file store does not answer; your files stay as they are. Trying again.")
            return _refusal(text if error.transient else error.message, 503)

    return found


def _refusal(message: str, status: int) -> JsonResponse:
    return JsonResponse({"message": message}, status=status)


def _files(upload: Upload, numbers: list[int]) -> list[UploadedFile]:
    """`DoesNotExist` if one of them is no file of the upload."""
    files = list(upload.files.filter(number__in=numbers))
    if len(files) < len(numbers):
        raise UploadedFile.DoesNotExist
    return files


@with_upload
def open_files(upload: Upload, call: Call) -> HttpResponse:
    """Where the files stand: how each is cut, which parts are stored, URLs for the first others."""
    store, files = chosen_store(), _files(upload, call.files)
    opened = lots.open_files(files, store=store)
    proved = lots.proved(files)
    answer = {
        "files": {one.file.number: one.as_json(proved.get(one.file.number, [])) for one in opened},
        "good_for_s": settings.UPLOAD_URLS_S,
        "sha256_header": store.limits().sha256_header,
        "form": lots.form_of(upload, store=store) if opened else None,
    }
    return JsonResponse(answer)


@with_upload
def sign_parts(upload: Upload, call: Call) -> HttpResponse:
    """Signed URLs for parts of files that were opened."""
    store, files = chosen_store(), _files(upload, list({*call.parts, *call.sums}))
    if any(not file.parts_key for file in files):
        raise BadCall(_("Open a file before you ask for URLs of its parts."))
    lots.note_proofs(files, call.sums, store.limits())
    urls = lots.sign_parts(files, call.parts, store=store)
    return JsonResponse({"urls": urls, "good_for_s": settings.UPLOAD_URLS_S})


@with_upload
def complete_files(upload: Upload, call: Call) -> HttpResponse:
    """Complete the files that are all there; 409 while parts of some are not stored."""
    store, files = chosen_store(), _files(upload, call.files)
    if any(not file.parts_key for file in files):
        raise BadCall(_("Open a file before you complete it."))
    lots.note_proofs(files, call.sums, store.limits())
    done, missing = lots.complete_files(files, store=store)
    return JsonResponse({"done": done, "missing": missing}, status=409 if missing else 200)


@with_upload
def delete_files(upload: Upload, call: Call) -> HttpResponse:
    """Take files out of the upload, stored or not; said twice it is true all the same."""
    try:
        files = lots.take_out(upload, call.files)
    except lots.NothingLeft:
        text = _("Without this file nothing would be left to send. Cancel the job instead.")
        return _refusal(text, 409)
    store = chosen_store()
    for file in files:
        parts.remove(file, store=store)
    return JsonResponse({"deleted": call.files})
