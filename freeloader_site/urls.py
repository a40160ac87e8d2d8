"""Where each page lives."""

from django.conf import settings
from django.contrib import admin
from django.urls import include, path

from freeloader_site.guide import guide
from freeloader_site.mail_webhooks import webhook_routes
from jobs.doctor.page import doctor
from jobs.held.page import held
from jobs.overview.page import overview, table_csv

urlpatterns = [
    path("admin/doctor/", admin.site.admin_view(doctor), name="doctor"),
    path("admin/guide/", admin.site.admin_view(guide), name="guide"),
    path("admin/guide/<str:name>", admin.site.admin_view(guide), name="guide-page"),
    path("admin/held/", admin.site.admin_view(held), name="held"),
    path("admin/overview/", admin.site.admin_view(overview), name="overview"),
    path("admin/overview.csv", admin.site.admin_view(table_csv), name="overview-csv"),
    path("admin/", admin.site.urls),
    path("u/", include("uploads.urls")),
    *webhook_routes(settings.MAIL),
    path("", include("jobs.urls")),
]
