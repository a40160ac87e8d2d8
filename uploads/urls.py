"""The contract between a page (or a script) that sends files and this server; docs/uploads.md."""

from django.urls import path

from uploads import views

urlpatterns = [
    path("<str:handle>/open", views.open_files, name="upload-open"),
    path("<str:handle>/sign", views.sign_parts, name="upload-sign"),
    path("<str:handle>/complete", views.complete_files, name="upload-complete"),
    path("<str:handle>/delete", views.delete_files, name="upload-delete"),
]
