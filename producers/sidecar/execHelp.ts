/** What `tractledger exec --help` prints. */
export const execHelp = `Usage: tractledger exec [options] -- COMMAND [ARGUMENT...]

Runs one job and records it: its start, the files it used and wrote, how it ended and what it cost. The command keeps
standard input, output and error as they are. Exit code: the command's own; its signal is raised again; 65 where it
said 0 but an expected output is missing or empty; 125 wrong use, 126 not executable, 127 not found.

The job (also from TRACTLEDGER_ variables of the same names, or from a JSON file):
  --campaign NAME             the processing of one data set        TRACTLEDGER_CAMPAIGN
  --unit NAME                 what is restarted as a whole          TRACTLEDGER_UNIT
  --attempt N                 the attempt of the unit (1)           TRACTLEDGER_ATTEMPT
  --task NAME                 the step of the pipeline              TRACTLEDGER_TASK
  --data-id KEY=VALUE         a dimension, or JSON; may be repeated TRACTLEDGER_DATA_ID
  --job-name NAME             the DAG node's name, where there is no data ID
  --job FILE                  a JSON file that says all this
  --executable NAME           how reports name the program (the command's own name)
  --try N                     the number of the first try (1)
  --batch-job SCHEDULER:ID    what the scheduler queued (Slurm, PBS and LSF are recognized)
  --allocation NAME           the node allocation or slot
  --environment-digest SHA256 the declared environment
  --log PATH                  where the job's log is (the file of standard error)

Its files, relative to the root folder:
  --root FOLDER               the root folder (the working directory)
  --site NAME                 the site whose files these are: records where they lie
  --input PATH                a file it reads; --dataset-type TYPE may follow
  --inputs-from FILE          read at the end: what it really used, a path or JSON object a line
  --output PATH               a file it must write; --dataset-type TYPE must follow
  --output-glob PATTERN       any number of files, at least one
    --dataset-type TYPE       of the input or output before
    --metadata KEY=VALUE      of the output before; may be repeated
    --optional                the output before may be absent
    --allow-empty             the output before may be empty
  --partial-outputs-usable    what a failed execution wrote may be used
  --sha256                    compute SHA-256 besides MD5

Failures:
  --rules FILE                what kinds of failure there are       TRACTLEDGER_RULES
  --retries N                 further tries after transient failures (0)
  --retry-infrastructure      after failures of the infrastructure too, with longer waits
  --backoff SECONDS           the first wait between tries (5); it doubles
  --set-aside, --no-set-aside rename what a failed try wrote (with --retries)
  --tee-stderr                copy standard error, to class failures by it where it is no file

Where events go:
  --ledger URL                the ledger (sqlite:.tractledger/ledger.db)  TRACTLEDGER_URL
  --outbox FILE               the outbox on this node's disk              TRACTLEDGER_OUTBOX
  --no-drain                  leave the events in the outbox
  --drain-seconds N           how long the end may wait for the ledger (5)
`;
