/**
 * The store's shape, as the ordered list of steps that lead to it. A step that has been released never
 * changes; a new one goes to the end. `PRAGMA user_version` holds how many have run.
 */
export const MIGRATIONS: readonly string[] = [
  `
  CREATE TABLE devices (
    fingerprint  TEXT PRIMARY KEY,
    name         TEXT NOT NULL,
    certificate  TEXT NOT NULL,
    enabled      INTEGER NOT NULL DEFAULT 1,
    paired_at    INTEGER NOT NULL,
    last_seen_at INTEGER,
    last_address TEXT
  ) STRICT;

  -- Columns follow App of apps/apps.ts; command, environment and preparation hold JSON.
  CREATE TABLE apps (
    id                TEXT PRIMARY KEY,
    game_id           INTEGER NOT NULL UNIQUE,
    title             TEXT NOT NULL,
    source            TEXT NOT NULL,
    command           TEXT,
    shell             INTEGER NOT NULL DEFAULT 0,
    working_directory TEXT,
    environment       TEXT NOT NULL DEFAULT '{}',
    preparation       TEXT NOT NULL DEFAULT '[]',
    end_with_command  INTEGER NOT NULL DEFAULT 1,
    position          INTEGER NOT NULL,
    -- file name inside the art folder; NULL: a generated picture is served
    art               TEXT
  ) STRICT;

  -- Ids that clients may still hold from before a change of title or art.
  CREATE TABLE app_game_ids (
    game_id    INTEGER PRIMARY KEY,
    app_id     TEXT NOT NULL REFERENCES apps (id) ON DELETE CASCADE,
    retired_at INTEGER NOT NULL
  ) STRICT;

  CREATE TABLE settings (
    key   TEXT PRIMARY KEY,
    value TEXT NOT NULL
  ) STRICT;

  -- One row at most: the owner.
  CREATE TABLE admin (
    id            INTEGER PRIMARY KEY CHECK (id = 1),
    password_hash TEXT NOT NULL,
    changed_at    INTEGER NOT NULL
  ) STRICT;

  -- The cookie itself is never stored, only its SHA-256 in hex.
  CREATE TABLE admin_sessions (
    token_hash   TEXT PRIMARY KEY,
    created_at   INTEGER NOT NULL,
    last_used_at INTEGER NOT NULL,
    expires_at   INTEGER NOT NULL,
    address      TEXT,
    user_agent   TEXT
  ) STRICT;

  -- Undo commands that still have to run, newest first; command and environment hold JSON. run names the
  -- start of an app that they belong to.
  CREATE TABLE journal (
    id                INTEGER PRIMARY KEY AUTOINCREMENT,
    run               TEXT NOT NULL DEFAULT '',
    app_id            TEXT NOT NULL,
    command           TEXT NOT NULL,
    environment       TEXT NOT NULL DEFAULT '{}',
    working_directory TEXT,
    created_at        INTEGER NOT NULL
  ) STRICT;

  -- Commands of apps that were started and have not been seen to end.
  CREATE TABLE running_commands (
    run           TEXT PRIMARY KEY,
    app_id        TEXT NOT NULL,
    process_group INTEGER NOT NULL,
    started_at    INTEGER NOT NULL
  ) STRICT;
  `,
  `
  -- Keys of launches, as SHA-256 in hex: none may come twice.
  CREATE TABLE used_keys (
    id     INTEGER PRIMARY KEY,
    digest TEXT NOT NULL UNIQUE
  ) STRICT;
  `,
  `
  ALTER TABLE devices ADD COLUMN adaptive   INTEGER NOT NULL DEFAULT 1;
  ALTER TABLE devices ADD COLUMN speed_test INTEGER NOT NULL DEFAULT 0;
  `,
  `
  -- What went wrong lately, for the owner; few rows, the oldest makes room.
  CREATE TABLE problems (
    id      INTEGER PRIMARY KEY,
    at      INTEGER NOT NULL,
    device  TEXT,
    message TEXT NOT NULL,
    count   INTEGER NOT NULL
  ) STRICT;
  `,
  `
  ALTER TABLE devices ADD COLUMN input INTEGER NOT NULL DEFAULT 1;
  `,
  `
  -- What the owner said about a device's permissions (devices/permissions.ts); what is not here is as by default.
  CREATE TABLE device_permissions (
    fingerprint TEXT NOT NULL REFERENCES devices (fingerprint) ON DELETE CASCADE,
    permission  TEXT NOT NULL,
    allowed     INTEGER NOT NULL,
    PRIMARY KEY (fingerprint, permission)
  ) STRICT;
  INSERT INTO device_permissions SELECT fingerprint, 'input', input FROM devices;
  INSERT INTO device_permissions SELECT fingerprint, 'adaptive', adaptive FROM devices;
  INSERT INTO device_permissions SELECT fingerprint, 'speedTest', speed_test FROM devices;
  ALTER TABLE devices DROP COLUMN input;
  ALTER TABLE devices DROP COLUMN adaptive;
  ALTER TABLE devices DROP COLUMN speed_test;
  `,
  `
  -- What ends an app by itself: command, processes (the last one that it started), quit.
  ALTER TABLE apps ADD COLUMN ends_with TEXT NOT NULL DEFAULT 'processes';
  UPDATE apps SET ends_with = 'quit' WHERE end_with_command = 0;
  ALTER TABLE apps DROP COLUMN end_with_command;
  `,
  `
  -- 1: it came from another host with its commands, and waits for the owner to look at them.
  ALTER TABLE apps ADD COLUMN to_review INTEGER NOT NULL DEFAULT 0;
  `,
  `
  -- Who may not type may use no controller either, as one permission had it. limits holds JSON (devices/limits.ts).
  INSERT INTO device_permissions
    SELECT fingerprint, 'controllers', allowed FROM device_permissions WHERE permission = 'input';
  ALTER TABLE devices ADD COLUMN limits TEXT;
  `,
  `
  -- What programs sign in with; the token itself is never stored, only its SHA-256 in hex. scopes holds JSON.
  CREATE TABLE tokens (
    id           TEXT PRIMARY KEY,
    token_hash   TEXT NOT NULL UNIQUE,
    name         TEXT NOT NULL,
    scopes       TEXT NOT NULL,
    created_at   INTEGER NOT NULL,
    last_used_at INTEGER
  ) STRICT;
  `,
  `
  -- The best codec that an app's streams are offered: h264, hevc, av1; absent: any.
  ALTER TABLE apps ADD COLUMN codec TEXT;
  `,
  `
  -- 1: the owner has seen to it. first_at: when it happened first of count times in a row.
  ALTER TABLE problems ADD COLUMN dismissed INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE problems ADD COLUMN first_at  INTEGER NOT NULL DEFAULT 0;
  UPDATE problems SET first_at = at;

  -- When the host was started, as which version; the last ones.
  CREATE TABLE host_starts (
    id      INTEGER PRIMARY KEY,
    at      INTEGER NOT NULL,
    version TEXT NOT NULL
  ) STRICT;
  `,
];
