-- From version 1 to 2: plans that can be written again, how to go on with an execution, runs that were re-triggered
-- elsewhere too, and views for people.

ALTER TABLE executions ADD COLUMN plan_header TEXT NOT NULL DEFAULT '';
ALTER TABLE executions ADD COLUMN plan_footer TEXT NOT NULL DEFAULT '';
ALTER TABLE executions ADD COLUMN working_folder TEXT NOT NULL DEFAULT '';
ALTER TABLE executions ADD COLUMN journal_place TEXT NOT NULL DEFAULT '';
ALTER TABLE executions ADD COLUMN applied TEXT NOT NULL DEFAULT '';
ALTER TABLE executions ADD COLUMN options TEXT NOT NULL DEFAULT '';

ALTER TABLE passed_over ADD COLUMN error_message TEXT NOT NULL DEFAULT '';
ALTER TABLE passed_over ADD COLUMN created_at_ms INTEGER;
ALTER TABLE passed_over ADD COLUMN updated_at_ms INTEGER;
ALTER TABLE passed_over ADD COLUMN started_at_ms INTEGER;
ALTER TABLE passed_over ADD COLUMN window_start_ms INTEGER;
ALTER TABLE passed_over ADD COLUMN window_end_ms INTEGER;

ALTER TABLE standing ADD COLUMN duplicated_by TEXT NOT NULL DEFAULT '';
ALTER TABLE standing ADD COLUMN duplicate_evidence TEXT NOT NULL DEFAULT '';

-- Ids are compared without their case (docs/decisions.md, 56).
DROP INDEX IF EXISTS standing_by_new_run;
DROP INDEX IF EXISTS standing_by_run;
CREATE INDEX IF NOT EXISTS standing_by_made_id ON standing (lower(new_run_id)) WHERE new_run_id IS NOT NULL;
CREATE INDEX IF NOT EXISTS standing_by_id ON standing (lower(run_id));
CREATE INDEX IF NOT EXISTS leases_by_flow ON leases (org_id, sandbox, lower(flow_id));

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
