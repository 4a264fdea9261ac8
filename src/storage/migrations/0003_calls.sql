-- A call of a chat session, from its first ring on, so that a restarted server goes on with it.
CREATE TABLE calls (
  id              TEXT    NOT NULL PRIMARY KEY,               -- public id, 16 random characters
  chat_session_id INTEGER NOT NULL REFERENCES chat_sessions (id) ON DELETE CASCADE,
  message_id      INTEGER UNIQUE REFERENCES messages (id) ON DELETE CASCADE, -- its line; NULL while it goes on
  caller          TEXT    NOT NULL CHECK (caller IN ('visitor', 'agent')),
  agent_id        INTEGER REFERENCES agents (id) ON DELETE SET NULL,         -- the agent who called or answered
  media           TEXT    NOT NULL CHECK (media IN ('audio', 'video')),      -- what it began with
  started_at      INTEGER NOT NULL,
  answered_at     INTEGER,
  connected_at    INTEGER,                                    -- the first media
  seen_at         INTEGER NOT NULL,                           -- the server that carries it was last there
  ended_at        INTEGER,
  reason          TEXT    CHECK (reason IN ('hangup', 'declined', 'missed', 'busy', 'failed', 'lost')),
  duration_ms     INTEGER NOT NULL DEFAULT 0                  -- from the first media to the end
) STRICT;
CREATE INDEX calls_of_session ON calls (chat_session_id);
CREATE INDEX calls_running ON calls (started_at) WHERE ended_at IS NULL;

-- Notices on their way to somebody's pocket, in the order of ids. Written with what they tell of.
CREATE TABLE outbox (
  id              INTEGER PRIMARY KEY AUTOINCREMENT,
  kind            TEXT    NOT NULL,                           -- call_incoming, call_missed
  chat_session_id INTEGER NOT NULL REFERENCES chat_sessions (id) ON DELETE CASCADE,
  call_id         TEXT    REFERENCES calls (id) ON DELETE CASCADE,
  created_at      INTEGER NOT NULL,
  expires_at      INTEGER NOT NULL,                           -- then it is no news any more
  UNIQUE (kind, call_id)                                      -- told once
) STRICT;
CREATE INDEX outbox_of_session ON outbox (chat_session_id);
CREATE INDEX outbox_by_expiry ON outbox (expires_at);
