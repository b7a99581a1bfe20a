-- The journal, version 1. Times are epoch milliseconds; booleans are 0 and 1.
-- What was planned never changes after it is written; what became of it stands beside it in `standing`.

CREATE TABLE meta (
  key   TEXT PRIMARY KEY,
  value TEXT NOT NULL
) STRICT;

CREATE TABLE executions (
  number            INTEGER PRIMARY KEY,
  id                TEXT NOT NULL UNIQUE,
  state             TEXT NOT NULL,
  spec_name         TEXT NOT NULL,
  reason            TEXT NOT NULL,
  ticket            TEXT,
  org_id            TEXT NOT NULL,
  platform_url      TEXT NOT NULL,
  spec_path         TEXT NOT NULL,
  spec_sha256       TEXT NOT NULL,
  spec_text         TEXT NOT NULL,
  plan_sha256       TEXT NOT NULL,
  sandboxes         TEXT NOT NULL,          -- JSON: [[name, type, region], ...]
  planned           INTEGER NOT NULL,
  passed_over       INTEGER NOT NULL,
  who               TEXT NOT NULL,
  host              TEXT NOT NULL,
  ci_job_url        TEXT NOT NULL,
  tool_version      TEXT NOT NULL,
  reports_directory TEXT NOT NULL,
  report_formats    TEXT NOT NULL,          -- words separated by blanks
  planned_at_ms     INTEGER NOT NULL,
  started_at_ms     INTEGER NOT NULL,
  finished_at_ms    INTEGER,
  stopped_because   TEXT NOT NULL,
  exit_code         INTEGER,
  -- The first and the last line of its plan's file, so that it can be written again as it was; empty: not known.
  plan_header       TEXT NOT NULL DEFAULT '',
  plan_footer       TEXT NOT NULL DEFAULT ''
) STRICT;

CREATE TABLE lanes (
  execution INTEGER NOT NULL REFERENCES executions(number),
  lane      INTEGER NOT NULL,
  sandbox   TEXT NOT NULL,
  flow_id   TEXT NOT NULL,
  flow_name TEXT NOT NULL,
  halted    TEXT NOT NULL DEFAULT '',       -- why no further run of it is taken
  PRIMARY KEY (execution, lane)
) STRICT, WITHOUT ROWID;

CREATE TABLE planned (
  execution       INTEGER NOT NULL REFERENCES executions(number),
  position        INTEGER NOT NULL,
  lane            INTEGER NOT NULL,
  lane_position   INTEGER NOT NULL,
  wave            INTEGER NOT NULL,
  run_id          TEXT NOT NULL,
  etag            TEXT,
  status          TEXT NOT NULL,
  error_code      TEXT NOT NULL,
  error_message   TEXT NOT NULL,
  created_at_ms   INTEGER,
  updated_at_ms   INTEGER,
  started_at_ms   INTEGER,
  window_start_ms INTEGER,
  window_end_ms   INTEGER,
  PRIMARY KEY (execution, position)
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX planned_in_lane ON planned (execution, lane, lane_position);

CREATE TABLE passed_over (
  execution  INTEGER NOT NULL REFERENCES executions(number),
  position   INTEGER NOT NULL,
  sandbox    TEXT NOT NULL,
  flow_id    TEXT NOT NULL,
  flow_name  TEXT NOT NULL,
  run_id     TEXT NOT NULL,
  etag       TEXT,
  status     TEXT NOT NULL,
  error_code TEXT NOT NULL,
  reason     TEXT NOT NULL,
  detail     TEXT NOT NULL,
  error_message   TEXT NOT NULL DEFAULT '',
  created_at_ms   INTEGER,
  updated_at_ms   INTEGER,
  started_at_ms   INTEGER,
  window_start_ms INTEGER,
  window_end_ms   INTEGER,
  PRIMARY KEY (execution, position)
) STRICT, WITHOUT ROWID;

-- One row for each planned run that was ever touched. state: planned (released again), asked, unresolved, settled.
CREATE TABLE standing (
  execution     INTEGER NOT NULL,
  position      INTEGER NOT NULL,
  run_id        TEXT NOT NULL,
  state         TEXT NOT NULL,
  attempts      INTEGER NOT NULL,
  outcome       TEXT NOT NULL DEFAULT '',
  reason        TEXT NOT NULL DEFAULT '',
  evidence      TEXT NOT NULL DEFAULT '',
  new_run_id    TEXT,
  new_etag      TEXT,
  new_status    TEXT NOT NULL DEFAULT '',
  recovery      TEXT NOT NULL DEFAULT '',
  recovery_reason TEXT NOT NULL DEFAULT '', -- more words on the recovery, for a person
  records_in    INTEGER,
  records_out   INTEGER,
  http_status   INTEGER,
  request_id    TEXT NOT NULL DEFAULT '',
  asked_at_ms   INTEGER,
  send_by_ms    INTEGER,
  server_offset_ms INTEGER,                 -- how far the platform's clock was ahead when it was asked for
  settled_at_ms INTEGER,
  doubted       INTEGER NOT NULL DEFAULT 0, -- it was unresolved once
  never_absent  INTEGER NOT NULL DEFAULT 0, -- accepted in words that could not be read
  cut_off       INTEGER NOT NULL DEFAULT 0, -- the program ended before the request did
  PRIMARY KEY (execution, position)
) STRICT, WITHOUT ROWID;

-- Of runs ids are compared without their case (docs/decisions.md, 56): see indexes.sql.
CREATE INDEX standing_open ON standing (state) WHERE state IN ('asked', 'unresolved');

CREATE TABLE events (
  execution INTEGER NOT NULL REFERENCES executions(number),
  number    INTEGER NOT NULL,
  line      TEXT NOT NULL,
  chain     TEXT NOT NULL,
  PRIMARY KEY (execution, number)
) STRICT, WITHOUT ROWID;

-- Who works on a flow now. All flows of an execution are taken together or not at all.
CREATE TABLE leases (
  org_id        TEXT NOT NULL,
  sandbox       TEXT NOT NULL,
  flow_id       TEXT NOT NULL,
  execution_id  TEXT NOT NULL,
  holder        TEXT NOT NULL,              -- made anew by each process
  who           TEXT NOT NULL,
  host          TEXT NOT NULL,
  process       TEXT NOT NULL,              -- JSON: what proves that it still lives
  since_ms      INTEGER NOT NULL,
  heartbeat_ms  INTEGER NOT NULL,
  expires_at_ms INTEGER NOT NULL,
  PRIMARY KEY (org_id, sandbox, flow_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX leases_by_holder ON leases (holder);

-- What people told the process that works on an execution to do, and whether it took it. Never taken by a later one.
CREATE TABLE orders (
  execution   INTEGER NOT NULL REFERENCES executions(number),
  number      INTEGER NOT NULL,
  holder      TEXT NOT NULL,                -- the holder of the leases to whom it was given
  at_ms       INTEGER NOT NULL,
  who         TEXT NOT NULL,
  host        TEXT NOT NULL,
  what        TEXT NOT NULL,                -- pause, resume, stop, limits
  facts       TEXT NOT NULL,                -- JSON: {"sandbox": name or null, "limits": {name: number or null}}
  taken_at_ms INTEGER,
  refused     TEXT NOT NULL DEFAULT '',     -- why it was not carried out
  PRIMARY KEY (execution, number)
) STRICT, WITHOUT ROWID;
