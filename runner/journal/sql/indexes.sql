-- By ids as they are compared: without their case. Made also in a journal of before, whose indexes told cases apart.

DROP INDEX IF EXISTS standing_by_new_run;
DROP INDEX IF EXISTS standing_by_run;
CREATE INDEX IF NOT EXISTS standing_by_made_id ON standing (lower(new_run_id)) WHERE new_run_id IS NOT NULL;
CREATE INDEX IF NOT EXISTS standing_by_id ON standing (lower(run_id));
CREATE INDEX IF NOT EXISTS leases_by_flow ON leases (org_id, sandbox, lower(flow_id));
