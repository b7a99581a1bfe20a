-- The journal, version 2: the newest whole schema. Times are epoch milliseconds; booleans are 0 and 1.
-- What was planned never changes after it is written; what became of it stands beside it in `standing`.
-- An older journal comes to the same by `migrate_NNNN.sql`, so new columns stand last in their tables.

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
  plan_footer       TEXT NOT NULL DEFAULT '',
  -- How it was worked last, so that reports can say how to go on; all empty: begun by version 1.
  working_folder    TEXT NOT NULL DEFAULT '',   -- absolute; other paths may be relative to it
  journal_place     TEXT NOT NULL DEFAULT '',   -- as it was given
  applied           TEXT NOT NULL DEFAULT '',   -- the spec or plan that was applied; empty: a one-off
  options           TEXT NOT NULL DEFAULT ''    -- those of apply that matter for going on, separated by blanks
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
  duplicated_by TEXT NOT NULL DEFAULT '',   -- other new runs of the same data, separated by ", "
  duplicate_evidence TEXT NOT NULL DEFAULT '',
  PRIMARY KEY (execution, position)
) STRICT, WITHOUT ROWID;

-- Ids are compared without their case (docs/decisions.md, 56).
CREATE INDEX standing_by_made_id ON standing (lower(new_run_id)) WHERE new_run_id IS NOT NULL;
CREATE INDEX standing_by_id ON standing (lower(run_id));
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

CREATE INDEX leases_by_flow ON leases (org_id, sandbox, lower(flow_id));

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

-- For people with a database client: what happened to each run, in every execution that planned it or passed it over.
CREATE VIEW run_history AS
SELECT
  e.id AS execution_id, e.state AS execution_state, e.spec_name, e.who, e.host, e.started_at_ms,
  l.sandbox, l.flow_id, l.flow_name, p.run_id AS old_run_id, p.status AS old_status, p.error_code AS old_error_code,
  p.window_start_ms, p.window_end_ms, p.position, p.wave,
  CASE
    WHEN coalesce(s.state, '') = 'asked' THEN 'unresolved'
    WHEN coalesce(s.outcome, '') <> '' THEN s.outcome
    WHEN e.state = 'running' THEN ''
    ELSE 'not_attempted'
  END AS outcome,
  CASE
    WHEN coalesce(s.state, '') = 'asked' THEN 'asked, and no answer was recorded yet'
    WHEN coalesce(s.outcome, '') <> '' THEN s.reason
    WHEN l.halted <> '' THEN l.halted
    WHEN e.state = 'running' THEN ''
    ELSE e.stopped_because
  END AS reason,
  coalesce(s.evidence, '') AS evidence, s.new_run_id, coalesce(s.new_status, '') AS new_status,
  coalesce(s.recovery, '') AS recovery, coalesce(s.recovery_reason, '') AS recovery_reason,
  s.records_in, s.records_out, coalesce(s.attempts, 0) AS attempts, s.http_status,
  coalesce(s.request_id, '') AS request_id, s.asked_at_ms, s.settled_at_ms,
  coalesce(s.duplicated_by, '') AS duplicated_by, coalesce(s.duplicate_evidence, '') AS duplicate_evidence
FROM planned p
JOIN executions e ON e.number = p.execution
JOIN lanes l ON l.execution = p.execution AND l.lane = p.lane
LEFT JOIN standing s ON s.execution = p.execution AND s.position = p.position
UNION ALL
SELECT
  e.id, e.state, e.spec_name, e.who, e.host, e.started_at_ms,
  o.sandbox, o.flow_id, o.flow_name, o.run_id, o.status, o.error_code,
  o.window_start_ms, o.window_end_ms, NULL, NULL,
  'skipped',
  o.reason || CASE o.detail WHEN '' THEN '' ELSE ': ' || o.detail END,
  '', NULL, '',
  '', '',
  NULL, NULL, 0, NULL,
  '', NULL, NULL,
  '', ''
FROM passed_over o
JOIN executions e ON e.number = o.execution;

-- And the events that name a planned run, in the order in which they were written.
CREATE VIEW run_events AS
SELECT e.id AS execution_id, p.run_id AS old_run_id, v.number, v.line
FROM planned p
JOIN executions e ON e.number = p.execution
JOIN events v ON v.execution = p.execution AND v.line LIKE '%"run": "' || p.run_id || '"%';
