"""The pages that a collaborator sees."""

from django.urls import path

from jobs import views
from jobs.again.page import run_again
from jobs.overview.stop import stop as stop_digest
from jobs.pipeline_page.page import PipelinePage
from jobs.rehearsal.laptop import DOWNLOAD_NAME, laptop_program
from jobs.rehearsal_page.page import rehearsal
from jobs.results import pages, preview_page
from jobs.results.archive import pages as archive_pages
from jobs.results.record.pages import record_of_job, record_of_result

urlpatterns = [
    path("", views.front, name="front"),
    path("p/<slug:slug>/", PipelinePage.as_view(), name="pipeline"),
    path("p/<slug:slug>/rehearsal", rehearsal, name="rehearsal"),
    path("j/<str:token>/", views.status, name="status"),
    path("j/<str:token>/live", views.live, name="status-live"),
    path("j/<str:token>/submit", views.submit, name="submit"),
    path("j/<str:token>/cancel", views.cancel, name="cancel"),
    path("j/<str:token>/again", run_again, name="again"),
    path("j/<str:token>/receipt", views.receipt, name="receipt"),
    path("j/<str:token>/receipt.sha256", views.checksums, name="checksums"),
    path("j/<str:token>/scan.json", views.scan_report, name="scan-report"),
    path("j/<str:token>/ro-crate-metadata.json", record_of_job, name="job-record"),
    path("c/<str:token>/", views.confirm, name="confirm"),
    path("r/<str:token>/", pages.result, name="result"),
    path("r/<str:token>/<int:number>", pages.download, name="download"),
    path("r/<str:token>/<int:number>/preview", preview_page.preview, name="preview"),
    path(
        "r/<str:token>/<int:number>/<int:inside>/preview",
        preview_page.preview,
        name="preview",
    ),
    path("r/<str:token>/extend", pages.extend, name="extend"),
    path("r/<str:token>/result.sha256", pages.checksums, name="result-checksums"),
    path("r/<str:token>/ro-crate-metadata.json", record_of_result, name="result-record"),
    path("r/<str:token>/all", archive_pages.order_all, name="order-all"),
    path("r/<str:token>/all/<str:signature>/<str:name>", archive_pages.archive, name="archive"),
    path("w/<str:token>/", stop_digest, name="digest-stop"),
    path(DOWNLOAD_NAME, laptop_program, name="laptop-program"),
    path("healthz", views.healthz, name="healthz"),
]
