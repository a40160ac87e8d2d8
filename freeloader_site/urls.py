"""Where each page lives."""

from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("admin/", admin.site.urls),
    path("u/", include("uploads.urls")),
    path("", include("jobs.urls")),
]
