"""Where each page lives."""

from django.contrib import admin
from django.urls import include, path

from jobs.doctor.page import doctor

urlpatterns = [
    path("admin/doctor/", admin.site.admin_view(doctor), name="doctor"),
    path("admin/", admin.site.urls),
    path("u/", include("uploads.urls")),
    path("", include("jobs.urls")),
]
