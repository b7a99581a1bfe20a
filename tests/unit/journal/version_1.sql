-- A journal as version 1 of the tables was written: two executions, one come to rest, one cut off.
PRAGMA application_id = 1920234087;
PRAGMA user_version = 1;
BEGIN TRANSACTION;
CREATE TABLE events (
  execution INTEGER NOT NULL REFERENCES executions(number),
  number    INTEGER NOT NULL,
  line      TEXT NOT NULL,
  chain     TEXT NOT NULL,
  PRIMARY KEY (execution, number)
) STRICT, WITHOUT ROWID;
INSERT INTO "events" VALUES(1,1,'{"number": 1, "at": "2025-11-20T00:53:20.000Z", "event": "started", "planned": 11, "passed_over": 3, "plan": "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb", "chain": "cf47587c0271e35f88bf8baecba0a6061b731228734b47ad51e86d04eb4b390a"}','cf47587c0271e35f88bf8baecba0a6061b731228734b47ad51e86d04eb4b390a');
INSERT INTO "events" VALUES(1,2,'{"number": 2, "at": "2025-11-20T00:53:20.010Z", "event": "asked", "position": 1, "run": "a-1", "attempt": 1, "request_id": "q1-1", "send_by": "2025-11-20T00:53:21.010Z", "chain": "78749ae50ea8580314393ded52c721003f5be359a474e460ca792ac7eb000d29"}','78749ae50ea8580314393ded52c721003f5be359a474e460ca792ac7eb000d29');
INSERT INTO "events" VALUES(1,3,'{"number": 3, "at": "2025-11-20T00:53:20.030Z", "event": "settled", "position": 1, "run": "a-1", "outcome": "retriggered", "evidence": "response", "new_run": "new-a-1", "new_etag": "\"new-a-1\"", "attempts": 1, "http_status": 200, "request_id": "gw-2", "chain": "428569f66fb8b06c26ab26ea626408d292b1879dfb68c5ac0c08897616a586bb"}','428569f66fb8b06c26ab26ea626408d292b1879dfb68c5ac0c08897616a586bb');
INSERT INTO "events" VALUES(1,4,'{"number": 4, "at": "2025-11-20T00:53:20.010Z", "event": "asked", "position": 2, "run": "b-1", "attempt": 1, "request_id": "q2-1", "send_by": "2025-11-20T00:53:21.010Z", "chain": "9b451b2fd2fde00abc0a93e60c31d53e860fb091a47c86e8b1fdd69a9d75cd23"}','9b451b2fd2fde00abc0a93e60c31d53e860fb091a47c86e8b1fdd69a9d75cd23');
INSERT INTO "events" VALUES(1,5,'{"number": 5, "at": "2025-11-20T00:53:20.030Z", "event": "settled", "position": 2, "run": "b-1", "outcome": "refused", "reason": "1388-400: disabled", "attempts": 1, "chain": "d04f82238e28ebce4816ca52a34f63fbfe688e1ece2a6cbae5acfe1115963bf4"}','d04f82238e28ebce4816ca52a34f63fbfe688e1ece2a6cbae5acfe1115963bf4');
INSERT INTO "events" VALUES(1,6,'{"number": 6, "at": "2025-11-20T00:53:20.030Z", "event": "settled", "position": 3, "run": "c-1", "outcome": "skipped", "reason": "not_failed", "attempts": 0, "chain": "ac2c1684d238bbc094de90ce9e5cc36a20ed29d1f06dab631a398a2c8b304977"}','ac2c1684d238bbc094de90ce9e5cc36a20ed29d1f06dab631a398a2c8b304977');
INSERT INTO "events" VALUES(1,7,'{"number": 7, "at": "2025-11-20T00:53:20.010Z", "event": "asked", "position": 4, "run": "d-1", "attempt": 1, "request_id": "q4-1", "send_by": "2025-11-20T00:53:21.010Z", "chain": "d220eb08abf863cf9aaad75a6a9a059ef229fd24294e385afe6b4996922c4a79"}','d220eb08abf863cf9aaad75a6a9a059ef229fd24294e385afe6b4996922c4a79');
INSERT INTO "events" VALUES(1,8,'{"number": 8, "at": "2025-11-20T00:53:20.030Z", "event": "settled", "position": 4, "run": "d-1", "outcome": "unresolved", "reason": "no answer within 75 s", "attempts": 1, "chain": "98c9841a1b4e8cfdbd355061171eb1b249e976e603967231cf4c4e6668ffe948"}','98c9841a1b4e8cfdbd355061171eb1b249e976e603967231cf4c4e6668ffe948');
INSERT INTO "events" VALUES(1,9,'{"number": 9, "at": "2025-11-20T00:53:20.010Z", "event": "asked", "position": 6, "run": "f-1", "attempt": 1, "request_id": "q6-1", "send_by": "2025-11-20T00:53:21.010Z", "chain": "c0a8317a3d6ff4da26722b6dbb5c8d240322eaee29ed9b43f7c18b00e5e00263"}','c0a8317a3d6ff4da26722b6dbb5c8d240322eaee29ed9b43f7c18b00e5e00263');
INSERT INTO "events" VALUES(1,10,'{"number": 10, "at": "2025-11-20T00:53:20.020Z", "event": "released", "position": 6, "run": "f-1", "attempt": 1, "reason": "HTTP 429", "http_status": 429, "request_id": "gw-1", "chain": "d4d34ea47fbf0f4aa812e13554ae474eb21e97ac6ac41867825838c38ee6cb55"}','d4d34ea47fbf0f4aa812e13554ae474eb21e97ac6ac41867825838c38ee6cb55');
INSERT INTO "events" VALUES(1,11,'{"number": 11, "at": "2025-11-20T00:53:20.040Z", "event": "halted", "lanes": [8], "reason": "its flow is held", "chain": "760f0283a766a7ce7b27915c1d33f5a061d6a7bf27452f8d0f84e5e99ec50947"}','760f0283a766a7ce7b27915c1d33f5a061d6a7bf27452f8d0f84e5e99ec50947');
INSERT INTO "events" VALUES(1,12,'{"number": 12, "at": "2025-11-20T00:53:20.050Z", "event": "rate", "seconds": 1.5, "chain": "a9a667becf5e2edcab1f65c553bad62509d66e001a6af74f65caaadec09108ef"}','a9a667becf5e2edcab1f65c553bad62509d66e001a6af74f65caaadec09108ef');
INSERT INTO "events" VALUES(1,13,'{"number": 13, "at": "2025-11-20T00:53:20.010Z", "event": "asked", "position": 11, "run": "i-1", "attempt": 1, "request_id": "q11-1", "send_by": "2025-11-20T00:53:21.010Z", "chain": "68b81d3041fd69ee1936344f8eb34c82942f4abddd884c1bd41d4179b17df3a5"}','68b81d3041fd69ee1936344f8eb34c82942f4abddd884c1bd41d4179b17df3a5');
INSERT INTO "events" VALUES(1,14,'{"number": 14, "at": "2025-11-20T00:53:20.030Z", "event": "settled", "position": 11, "run": "i-1", "outcome": "unresolved", "reason": "no answer within 75 s", "attempts": 1, "chain": "b7c5ac9f3653f8b378b2bf947f117fa59c9f7f9e7f267523b3ed8bd6d975d8e3"}','b7c5ac9f3653f8b378b2bf947f117fa59c9f7f9e7f267523b3ed8bd6d975d8e3');
INSERT INTO "events" VALUES(1,15,'{"number": 15, "at": "2025-11-20T00:53:20.045Z", "event": "cleared", "position": 11, "run": "i-1", "reason": "no new run of this flow is there", "chain": "fe7d2fb570d480b7634d3827ed604bbb21d11af10b99e6cc8a5a36ee71269214"}','fe7d2fb570d480b7634d3827ed604bbb21d11af10b99e6cc8a5a36ee71269214');
INSERT INTO "events" VALUES(1,16,'{"number": 16, "at": "2025-11-20T00:53:20.035Z", "event": "watched", "position": 1, "run": "a-1", "recovery": "failed_again", "reason": "CONNECTOR-1001 (the same as before)", "new_status": "failed", "records_in": 0, "error_code": "CONNECTOR-1001", "error_message": "the key expired", "chain": "cd635d9bcba36a490bd964f623c6f515282524ea6741d9ad548a420dd4be9626"}','cd635d9bcba36a490bd964f623c6f515282524ea6741d9ad548a420dd4be9626');
INSERT INTO "events" VALUES(1,17,'{"number": 17, "at": "2025-11-20T00:53:20.046Z", "event": "asked", "position": 9, "run": "a-2", "attempt": 1, "request_id": "q9-1", "send_by": "2025-11-20T00:53:21.046Z", "chain": "f47c75b6c4cc130f5e6a3f9b05edc3e9a1017c8342c90795a8d90860b32ca848"}','f47c75b6c4cc130f5e6a3f9b05edc3e9a1017c8342c90795a8d90860b32ca848');
INSERT INTO "events" VALUES(1,18,'{"number": 18, "at": "2025-11-20T00:53:20.030Z", "event": "settled", "position": 9, "run": "a-2", "outcome": "retriggered", "evidence": "response", "new_run": "new-a-2", "new_etag": "\"new-a-2\"", "attempts": 1, "http_status": 200, "request_id": "gw-2", "chain": "8b9b583d5941f9f31dda3a431a71914cb2b4779857a45cb91a813b26e6451391"}','8b9b583d5941f9f31dda3a431a71914cb2b4779857a45cb91a813b26e6451391');
INSERT INTO "events" VALUES(1,19,'{"number": 19, "at": "2025-11-20T00:53:20.035Z", "event": "watched", "position": 9, "run": "a-2", "recovery": "running", "new_status": "inProgress", "records_in": 0, "error_code": "CONNECTOR-1001", "error_message": "the key expired", "chain": "d75af1def43e4bc1ecea0f76dc5c1de5a7ecc6cf337ddc3f26c333f4ae0d409c"}','d75af1def43e4bc1ecea0f76dc5c1de5a7ecc6cf337ddc3f26c333f4ae0d409c');
INSERT INTO "events" VALUES(1,20,'{"number": 20, "at": "2025-11-20T00:53:20.010Z", "event": "asked", "position": 5, "run": "e-1", "attempt": 1, "request_id": "q5-1", "send_by": "2025-11-20T00:53:21.010Z", "chain": "329559e5d77d5f8005da1c927862e6328fe0fb5e9837ec4b7ac770a5e703daa6"}','329559e5d77d5f8005da1c927862e6328fe0fb5e9837ec4b7ac770a5e703daa6');
INSERT INTO "events" VALUES(1,21,'{"number": 21, "at": "2025-11-20T00:53:20.060Z", "event": "stopped", "state": "stopped", "reason": "20 failures in a row", "exit_code": 3, "chain": "eff8469312c0ef26368620cc1055f3302bcc5bc91d3070bf3cdc07604aeb55a3"}','eff8469312c0ef26368620cc1055f3302bcc5bc91d3070bf3cdc07604aeb55a3');
INSERT INTO "events" VALUES(2,1,'{"number": 1, "at": "2025-11-20T00:53:20.100Z", "event": "started", "planned": 2, "passed_over": 0, "plan": "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb", "chain": "6022e08283020ddbf3a7b3b90c753449eb25608feb49e29c1f63068480bf682b"}','6022e08283020ddbf3a7b3b90c753449eb25608feb49e29c1f63068480bf682b');
INSERT INTO "events" VALUES(2,2,'{"number": 2, "at": "2025-11-20T00:53:20.010Z", "event": "asked", "position": 1, "run": "second-k-1", "attempt": 1, "request_id": "q1-1", "send_by": "2025-11-20T00:53:21.010Z", "chain": "e4176823ff6252a722c4f99806570e29159f091271ad2e6c8a5bc34777e9872a"}','e4176823ff6252a722c4f99806570e29159f091271ad2e6c8a5bc34777e9872a');
INSERT INTO "events" VALUES(2,3,'{"number": 3, "at": "2025-11-20T00:53:20.030Z", "event": "settled", "position": 1, "run": "second-k-1", "outcome": "retriggered", "evidence": "response", "new_run": "new-second-k-1", "new_etag": "\"new-second-k-1\"", "attempts": 1, "http_status": 200, "request_id": "gw-2", "chain": "0792992f14b885da8e6522bb48baade024f636c5d4660c247df5dc368b2ec5e0"}','0792992f14b885da8e6522bb48baade024f636c5d4660c247df5dc368b2ec5e0');
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
  exit_code         INTEGER
) STRICT;
INSERT INTO "executions" VALUES(1,'first','stopped','inc-2041','INC-2041: expired key',NULL,'ORG@AdobeOrg','https://platform.adobe.io','specs/inc-2041.yaml','aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa','version: 1
','bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb','[["prod", "production", "VA7"]]',11,3,'ada','laptop','','1.0','reports/first','csv json',1763599999000,1763600000000,1763600000060,'20 failures in a row',3);
INSERT INTO "executions" VALUES(2,'second','running','inc-2042','INC-2041: expired key',NULL,'ORG@AdobeOrg','https://platform.adobe.io','specs/inc-2041.yaml','aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa','version: 1
','bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb','[["prod", "production", "VA7"]]',2,0,'ada','laptop','','1.0','reports/first','csv json',1763599999000,1763600000100,NULL,'',NULL);
CREATE TABLE lanes (
  execution INTEGER NOT NULL REFERENCES executions(number),
  lane      INTEGER NOT NULL,
  sandbox   TEXT NOT NULL,
  flow_id   TEXT NOT NULL,
  flow_name TEXT NOT NULL,
  halted    TEXT NOT NULL DEFAULT '',       -- why no further run of it is taken
  PRIMARY KEY (execution, lane)
) STRICT, WITHOUT ROWID;
INSERT INTO "lanes" VALUES(1,1,'prod','a','Flow a','');
INSERT INTO "lanes" VALUES(1,2,'prod','b','Flow b','');
INSERT INTO "lanes" VALUES(1,3,'prod','c','Flow c','');
INSERT INTO "lanes" VALUES(1,4,'prod','d','Flow d','');
INSERT INTO "lanes" VALUES(1,5,'prod','e','Flow e','');
INSERT INTO "lanes" VALUES(1,6,'prod','f','Flow f','');
INSERT INTO "lanes" VALUES(1,7,'stage','g','Flow g','');
INSERT INTO "lanes" VALUES(1,8,'prod','h','Flow h','its flow is held');
INSERT INTO "lanes" VALUES(1,9,'prod','i','Flow i','');
INSERT INTO "lanes" VALUES(2,1,'prod','k','Flow k','');
INSERT INTO "lanes" VALUES(2,2,'prod','l','Flow l','');
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
INSERT INTO "leases" VALUES('ORG@AdobeOrg','prod','k','second','two','ada','laptop','{"pid": 1}',1763600000100,1763600000100,1763600060000);
INSERT INTO "leases" VALUES('ORG@AdobeOrg','prod','l','second','two','ada','laptop','{"pid": 1}',1763600000100,1763600000100,1763600060000);
CREATE TABLE meta (
  key   TEXT PRIMARY KEY,
  value TEXT NOT NULL
) STRICT;
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
INSERT INTO "orders" VALUES(1,1,'one',1763600000050,'bob','tower','limits','{"sandbox": null, "limits": {"max_per_second": 2.0}}',1763600000051,'');
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
  PRIMARY KEY (execution, position)
) STRICT, WITHOUT ROWID;
INSERT INTO "passed_over" VALUES(1,1,'prod','z','Flow z','z-1','"z-1"','failed','CONNECTOR-1001','not_failed','it succeeded');
INSERT INTO "passed_over" VALUES(1,2,'prod','z','Flow z','z-2','"z-2"','failed','CONNECTOR-1001','not_failed','it succeeded');
INSERT INTO "passed_over" VALUES(1,3,'prod','z','Flow z','z-3','"z-3"','failed','CONNECTOR-1001','not_failed','it succeeded');
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
INSERT INTO "planned" VALUES(1,1,1,1,1,'a-1','"a-1"','failed','CONNECTOR-1001','the key expired',1763599997000,1763599998000,1763599997500,NULL,NULL);
INSERT INTO "planned" VALUES(1,2,2,1,1,'b-1','"b-1"','failed','CONNECTOR-1001','the key expired',1763599997000,1763599998000,1763599997500,NULL,NULL);
INSERT INTO "planned" VALUES(1,3,3,1,1,'c-1','"c-1"','failed','CONNECTOR-1001','the key expired',1763599997000,1763599998000,1763599997500,NULL,NULL);
INSERT INTO "planned" VALUES(1,4,4,1,1,'d-1','"d-1"','failed','CONNECTOR-1001','the key expired',1763599997000,1763599998000,1763599997500,NULL,NULL);
INSERT INTO "planned" VALUES(1,5,5,1,1,'e-1','"e-1"','failed','CONNECTOR-1001','the key expired',1763599997000,1763599998000,1763599997500,NULL,NULL);
INSERT INTO "planned" VALUES(1,6,6,1,1,'f-1','"f-1"','failed','CONNECTOR-1001','the key expired',1763599997000,1763599998000,1763599997500,NULL,NULL);
INSERT INTO "planned" VALUES(1,7,7,1,1,'stage-g-1','"stage-g-1"','failed','CONNECTOR-1001','the key expired',1763599997000,1763599998000,1763599997500,NULL,NULL);
INSERT INTO "planned" VALUES(1,8,8,1,1,'h-1','"h-1"','failed','CONNECTOR-1001','the key expired',1763599997000,1763599998000,1763599997500,NULL,NULL);
INSERT INTO "planned" VALUES(1,9,1,2,1,'a-2','"a-2"','failed','CONNECTOR-1001','the key expired',1763599997000,1763599998000,1763599997500,NULL,NULL);
INSERT INTO "planned" VALUES(1,10,2,2,1,'b-2','"b-2"','failed','CONNECTOR-1001','the key expired',1763599997000,1763599998000,1763599997500,NULL,NULL);
INSERT INTO "planned" VALUES(1,11,9,1,1,'i-1','"i-1"','failed','CONNECTOR-1001','the key expired',1763599997000,1763599998000,1763599997500,NULL,NULL);
INSERT INTO "planned" VALUES(2,1,1,1,1,'second-k-1','"second-k-1"','failed','CONNECTOR-1001','the key expired',1763599997000,1763599998000,1763599997500,NULL,NULL);
INSERT INTO "planned" VALUES(2,2,2,1,1,'second-l-1','"second-l-1"','failed','CONNECTOR-1001','the key expired',1763599997000,1763599998000,1763599997500,NULL,NULL);
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
INSERT INTO "standing" VALUES(1,1,'a-1','settled',1,'retriggered','','response','new-a-1','"new-a-1"','failed','failed_again','CONNECTOR-1001 (the same as before)',0,NULL,200,'gw-2',1763600000010,1763600001010,NULL,1763600000030,0,0,0);
INSERT INTO "standing" VALUES(1,2,'b-1','settled',1,'refused','1388-400: disabled','',NULL,NULL,'','','',NULL,NULL,NULL,'q2-1',1763600000010,1763600001010,NULL,1763600000030,0,0,0);
INSERT INTO "standing" VALUES(1,3,'c-1','settled',0,'skipped','not_failed','',NULL,NULL,'','','',NULL,NULL,NULL,'',NULL,NULL,NULL,1763600000030,0,0,0);
INSERT INTO "standing" VALUES(1,4,'d-1','unresolved',1,'unresolved','no answer within 75 s','',NULL,NULL,'','','',NULL,NULL,NULL,'q4-1',1763600000010,1763600001010,NULL,1763600000030,1,0,0);
INSERT INTO "standing" VALUES(1,5,'e-1','asked',1,'','','',NULL,NULL,'','','',NULL,NULL,NULL,'q5-1',1763600000010,1763600001010,NULL,NULL,0,0,0);
INSERT INTO "standing" VALUES(1,6,'f-1','planned',1,'','HTTP 429','',NULL,NULL,'','','',NULL,NULL,429,'q6-1',1763600000010,1763600001010,NULL,NULL,0,0,0);
INSERT INTO "standing" VALUES(1,9,'a-2','settled',1,'retriggered','','response','new-a-2','"new-a-2"','inProgress','running','',0,NULL,200,'gw-2',1763600000010,1763600001046,NULL,1763600000030,0,0,0);
INSERT INTO "standing" VALUES(1,11,'i-1','planned',1,'','no new run of this flow is there','',NULL,NULL,'','','',NULL,NULL,NULL,'q11-1',1763600000010,1763600001010,NULL,NULL,1,0,0);
INSERT INTO "standing" VALUES(2,1,'second-k-1','settled',1,'retriggered','','response','new-second-k-1','"new-second-k-1"','','','',NULL,NULL,200,'gw-2',1763600000010,1763600001010,NULL,1763600000030,0,0,0);
CREATE UNIQUE INDEX planned_in_lane ON planned (execution, lane, lane_position);
CREATE INDEX standing_by_new_run ON standing (new_run_id) WHERE new_run_id IS NOT NULL;
CREATE INDEX standing_by_run ON standing (run_id);
CREATE INDEX standing_open ON standing (state) WHERE state IN ('asked', 'unresolved');
CREATE INDEX leases_by_holder ON leases (holder);
COMMIT;
