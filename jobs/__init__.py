"""One run, from first byte to expiry: what to read first, and the rooms.

What all rooms speak of, and the doors:

    states, reasons     what a job can be, and why it moves
    models, new_job     rows; `guards` is what the database refuses of them
    steps               the verbs that move a job on
    tasks, queue        what a worker runs, and how it is rung for; `ports`: its scanners
    stages              run(), or split(), the parts and merge(), each a Slurm job of its own
    jobfile, manifest   what a compute node gets, and its word for what it left
    node                the program that runs there
    urls, views         the doors for collaborators, with `doors`, `forms` and `links`
    admin, alarms       the doors for staff, and what they must be told
    wording             how names and times are written; `translated`: reasons; `row_names`: fields
    apps                the start of it all; also `management`, `templatetags`, `migrations`

Along the way of a job:

    pipeline_page       what it is, who announces files to it, and how many
    check               what becomes of the check of files
    held                what is held and why
    idle                nothing but idle computers
    following           what a look at a cluster shows becomes moves of rows
    starts              the starts of a job, and why Slurm lets one wait
    status_page         where a job stands, its history, progress and receipt
    results             what comes of a job, and how it is handed over
    letters             how they are written and sent, and what became of them
    again               a job is run again on files that are kept
    deletion            how long files are kept, and proof that they are gone
    gone                a cluster is gone for good, and with it what is owed there

For those who offer pipelines, and those who keep it all running:

    rehearsal           code proves that it survives interruptions before it serves
    rehearsal_page      a PI sends a test input, begins a rehearsal, repeats or stops it
    overview            figures, failures, and a letter a week
    desk                what staff have in the admin: a job's page with all its parts
    workers             when clusters are looked at, whether tasks live, and their claims
    doctor              whether all is well that a site depends on

Which may import which stands in pyproject.toml, from the top down.
"""
