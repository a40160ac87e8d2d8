"""The contract between a page (or a script) that sends files and this server; docs/uploads.md."""

from django.urls import path

from uploads import views

urlpatterns = [
    path("<str:handle>/<int:number>/open", views.open_file, name="upload-open"),
    path("<str:handle>/<int:number>/sign", views.sign_parts, name="upload-sign"),
    path("<str:handle>/<int:number>/complete", views.complete_file, name="upload-complete"),
]
