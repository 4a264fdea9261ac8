-- What was sent along: one row for each upload. The bytes lie in uploads/ab/cdef…, named by the SHA-256 of what is
-- stored, once for all rows that have the same. An upload that no message has named after a day is removed.
CREATE TABLE uploads (
  id              TEXT    NOT NULL PRIMARY KEY,               -- public id, 16 random characters; links to it are signed
  chat_session_id INTEGER REFERENCES chat_sessions (id) ON DELETE CASCADE,   -- NULL: an agent's, not sent yet
  agent_id        INTEGER REFERENCES agents (id) ON DELETE SET NULL,         -- the agent who sent it
  message_id      INTEGER UNIQUE REFERENCES messages (id) ON DELETE CASCADE, -- NULL: not sent yet
  sha256          BLOB    NOT NULL,                           -- of the stored bytes
  size            INTEGER NOT NULL,                           -- of the stored bytes
  name            TEXT    NOT NULL,                           -- made safe, with the extension of its type
  mime            TEXT    NOT NULL,                           -- by content, never by name
  width           INTEGER,                                    -- of a picture, pixels
  height          INTEGER,
  duration_ms     INTEGER,                                    -- of sound and video, when it says
  thumb_sha256    BLOB,                                       -- a small copy of a picture
  thumb_mime      TEXT,
  created_at      INTEGER NOT NULL
) STRICT;
CREATE INDEX uploads_of_session ON uploads (chat_session_id, created_at);
CREATE INDEX uploads_by_sha256 ON uploads (sha256);
CREATE INDEX uploads_by_thumb ON uploads (thumb_sha256) WHERE thumb_sha256 IS NOT NULL;
CREATE INDEX uploads_not_sent ON uploads (created_at) WHERE message_id IS NULL;
