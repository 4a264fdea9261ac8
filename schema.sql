-- Konuşma: the whole data model, as a fresh install creates it.
--
-- Read it aloud: an agent answers the visitors of chat sessions; a chat session holds messages,
-- and some messages carry an upload, or tell of a call.
-- Times are integer milliseconds since 1970, UTC (only the pages know time zones).
-- Tokens, codes and passwords are stored as hashes only. Row ids never grant access to anything.
-- Later changes live in src/storage/migrations; a test proves that migrating ends up here.

-- What the owner changes while the server runs. One row a setting, value as JSON.
CREATE TABLE settings (
  name       TEXT    NOT NULL PRIMARY KEY,  -- business_name, greeting, hours, canned_replies, …
  value      TEXT    NOT NULL,              -- JSON
  changed_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- A person who answers.
CREATE TABLE agents (
  id             INTEGER PRIMARY KEY,
  username       TEXT    NOT NULL COLLATE NOCASE UNIQUE,      -- 2 to 40 of a-z 0-9 . _ -
  name           TEXT    NOT NULL,                            -- shown to visitors
  role           TEXT    NOT NULL CHECK (role IN ('owner', 'agent')),
  password_hash  TEXT,                                        -- argon2id, PHC string; NULL until set up
  totp_secret    BLOB,                                        -- 20 bytes; NULL until set up
  totp_last_step INTEGER NOT NULL DEFAULT 0,                  -- a used time step is never accepted again
  created_at     INTEGER NOT NULL,
  disabled_at    INTEGER,                                     -- set: cannot sign in
  telegram_id    INTEGER                                      -- the same person in Telegram: codes go there, answers come from there
) STRICT;
CREATE UNIQUE INDEX agents_by_telegram ON agents (telegram_id) WHERE telegram_id IS NOT NULL;

-- Ten single-use ways in for an agent who lost the phone.
CREATE TABLE recovery_codes (
  agent_id  INTEGER NOT NULL REFERENCES agents (id) ON DELETE CASCADE,
  code_hash BLOB    NOT NULL,                                 -- SHA-256
  used_at   INTEGER,
  PRIMARY KEY (agent_id, code_hash)
) STRICT, WITHOUT ROWID;

-- A signed-in browser of an agent.
CREATE TABLE logins (
  id           INTEGER PRIMARY KEY AUTOINCREMENT,
  token_hash   BLOB    NOT NULL UNIQUE,                       -- SHA-256 of the cookie
  agent_id     INTEGER NOT NULL REFERENCES agents (id) ON DELETE CASCADE,
  user_agent   TEXT    NOT NULL,
  address      TEXT    NOT NULL,
  created_at   INTEGER NOT NULL,
  last_seen_at INTEGER NOT NULL,                              -- idle expiry counts from here
  expires_at   INTEGER NOT NULL,                              -- absolute expiry
  answers_only INTEGER NOT NULL DEFAULT 0 CHECK (answers_only IN (0, 1)) -- came by an Answer link: never an owner's
) STRICT;
CREATE INDEX logins_of_agent ON logins (agent_id);

-- The step between the password and the one-time code of a sign-in.
CREATE TABLE challenges (
  token_hash BLOB    NOT NULL PRIMARY KEY,                    -- SHA-256
  agent_id   INTEGER NOT NULL REFERENCES agents (id) ON DELETE CASCADE,
  tries_left INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  code_hash  BLOB                                             -- SHA-256 of token and code that were sent; NULL: none was
) STRICT, WITHOUT ROWID;

-- One-time links: the owner's set-up, a new agent's set-up, the way back in.
CREATE TABLE login_links (
  token_hash  BLOB    NOT NULL PRIMARY KEY,                   -- SHA-256 of what follows #setup=
  purpose     TEXT    NOT NULL CHECK (purpose IN ('owner', 'agent', 'reset')),
  agent_id    INTEGER REFERENCES agents (id) ON DELETE CASCADE, -- NULL: the owner's account is made by using it
  totp_secret BLOB    NOT NULL,                               -- shown as a QR code until the link is used
  created_at  INTEGER NOT NULL,
  expires_at  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- One visitor's thread.
CREATE TABLE chat_sessions (
  id                      INTEGER PRIMARY KEY AUTOINCREMENT,
  room                    TEXT    NOT NULL UNIQUE,            -- public id, 16 random characters
  token_hash              BLOB    NOT NULL UNIQUE,            -- SHA-256 of the visitor's token
  name                    TEXT    NOT NULL,                   -- as the visitor gave it, 1 to 80 characters
  email                   TEXT,
  locale                  TEXT,                               -- BCP 47, from the browser
  time_zone               TEXT,                               -- IANA name, from the browser
  page_url                TEXT,                               -- where the chat began
  referrer                TEXT,
  user_agent              TEXT,
  address                 TEXT,                               -- shortened: 81.214.0.0, 2001:db8::
  status                  TEXT    NOT NULL DEFAULT 'open' CHECK (status IN ('open', 'closed')),
  blocked                 INTEGER NOT NULL DEFAULT 0 CHECK (blocked IN (0, 1)),
  assigned_agent_id       INTEGER REFERENCES agents (id) ON DELETE SET NULL,
  note                    TEXT    NOT NULL DEFAULT '',        -- the visitor never sees it
  tags                    TEXT    NOT NULL DEFAULT '[]' CHECK (json_valid(tags)),
  created_at              INTEGER NOT NULL,
  closed_at               INTEGER,
  active_at               INTEGER NOT NULL,                   -- last message, or created: orders the thread list
  last_message_id         INTEGER NOT NULL DEFAULT 0,         -- 0: nothing written yet
  waiting_since           INTEGER,                            -- first visitor message nobody answered
  first_answer_ms         INTEGER,                            -- how long the first answer took
  visitor_delivered_up_to INTEGER NOT NULL DEFAULT 0,         -- message ids
  visitor_read_up_to      INTEGER NOT NULL DEFAULT 0,
  agent_delivered_up_to   INTEGER NOT NULL DEFAULT 0,
  agent_read_up_to        INTEGER NOT NULL DEFAULT 0,
  rating                  INTEGER CHECK (rating BETWEEN 1 AND 5), -- what the visitor thought of it; 5 is best
  rated_at                INTEGER,
  reminded_at             INTEGER,                            -- agents were told again that the visitor waits
  late_told_at            INTEGER                             -- the visitor was told that nobody answers yet
) STRICT;
CREATE INDEX chat_sessions_by_activity ON chat_sessions (status, active_at, id);
CREATE INDEX chat_sessions_by_agent ON chat_sessions (assigned_agent_id, active_at) WHERE assigned_agent_id IS NOT NULL;
CREATE INDEX chat_sessions_by_email ON chat_sessions (email COLLATE NOCASE) WHERE email IS NOT NULL;
CREATE INDEX chat_sessions_empty ON chat_sessions (created_at) WHERE last_message_id = 0;
CREATE INDEX chat_sessions_waiting ON chat_sessions (waiting_since) WHERE waiting_since > coalesce(late_told_at, 0);
CREATE INDEX chat_sessions_answered ON chat_sessions (id) WHERE first_answer_ms IS NOT NULL;

-- What was said. Ids grow in the order of commits and are never used again (AUTOINCREMENT):
-- a client that knows the last id it has gets exactly what follows.
CREATE TABLE messages (
  id              INTEGER PRIMARY KEY AUTOINCREMENT,
  chat_session_id INTEGER NOT NULL REFERENCES chat_sessions (id) ON DELETE CASCADE,
  client_id       BLOB    NOT NULL,                           -- 16-byte UUID made by the sender: sending twice stores once
  sender          TEXT    NOT NULL CHECK (sender IN ('visitor', 'agent', 'system')),
  agent_id        INTEGER REFERENCES agents (id) ON DELETE SET NULL,
  kind            TEXT    NOT NULL DEFAULT 'text' CHECK (kind IN ('text', 'image', 'audio', 'file', 'call')),
  text            TEXT,
  reply_to        INTEGER,                                    -- id of a message of the same chat session
  created_at      INTEGER NOT NULL,
  via             TEXT    CHECK (via IN ('telegram')),        -- how it came, unless from a page of ours
  edited_at       INTEGER,                                    -- the text is not the first one
  UNIQUE (chat_session_id, client_id)
) STRICT;
CREATE INDEX messages_of_session ON messages (chat_session_id, id);

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

-- Notices on their way to somebody's pocket, in the order of ids. Written with what they tell of; gone when told.
CREATE TABLE outbox (
  id              INTEGER PRIMARY KEY AUTOINCREMENT,
  kind            TEXT    NOT NULL,                           -- message, more, reminder, rating, call_incoming, call_missed, check, word
  chat_session_id INTEGER REFERENCES chat_sessions (id) ON DELETE CASCADE, -- NULL: of no visitor
  message_id      INTEGER REFERENCES messages (id) ON DELETE CASCADE,
  call_id         TEXT    REFERENCES calls (id) ON DELETE CASCADE,
  body            TEXT    CHECK (body IS NULL OR json_valid(body)),         -- what no other row tells
  told_once       TEXT    UNIQUE,                             -- the same news is not written twice
  created_at      INTEGER NOT NULL,
  due_at          INTEGER NOT NULL,                           -- not before: what comes fast is told together
  expires_at      INTEGER NOT NULL,                           -- then it is no news any more
  parts_sent      INTEGER NOT NULL DEFAULT 0,                 -- a long one is told in parts
  attempts        INTEGER NOT NULL DEFAULT 0,
  failed_at       INTEGER,                                    -- given up: kept until somebody looks
  error           TEXT                                        -- why the last attempt failed
) STRICT;
CREATE INDEX outbox_waiting ON outbox (due_at, id) WHERE failed_at IS NULL;
CREATE INDEX outbox_in_order ON outbox (id) WHERE failed_at IS NULL;
CREATE INDEX outbox_ringing ON outbox (due_at) WHERE kind = 'call_incoming';
CREATE INDEX outbox_of_session ON outbox (chat_session_id, id);
CREATE INDEX outbox_of_message ON outbox (message_id);
CREATE INDEX outbox_of_call ON outbox (call_id);
CREATE INDEX outbox_by_expiry ON outbox (expires_at);

-- Where a visitor's thread is in Telegram.
CREATE TABLE telegram_threads (
  chat_session_id INTEGER NOT NULL REFERENCES chat_sessions (id) ON DELETE CASCADE,
  chat_id         INTEGER NOT NULL,                           -- Telegram's chat
  topic_id        INTEGER,                                    -- message_thread_id in a forum; NULL: replies make the thread
  muted_until     INTEGER,                                    -- told without a sound
  PRIMARY KEY (chat_session_id, chat_id)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX telegram_threads_by_topic ON telegram_threads (chat_id, topic_id) WHERE topic_id IS NOT NULL;

-- Which message in Telegram is about which visitor, and which message of ours it is.
CREATE TABLE telegram_messages (
  chat_id         INTEGER NOT NULL,
  telegram_id     INTEGER NOT NULL,                           -- message_id in that chat
  chat_session_id INTEGER NOT NULL REFERENCES chat_sessions (id) ON DELETE CASCADE,
  message_id      INTEGER REFERENCES messages (id) ON DELETE CASCADE, -- NULL: a call, a reminder
  PRIMARY KEY (chat_id, telegram_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX telegram_messages_of_session ON telegram_messages (chat_session_id);
CREATE INDEX telegram_messages_of_message ON telegram_messages (message_id);

-- What follows ?start= in a link to the bot: proves in Telegram who pressed it.
CREATE TABLE telegram_codes (
  code_hash  BLOB    NOT NULL PRIMARY KEY,                    -- SHA-256
  purpose    TEXT    NOT NULL CHECK (purpose IN ('setup', 'link')), -- use this chat; be this agent
  agent_id   INTEGER NOT NULL REFERENCES agents (id) ON DELETE CASCADE,
  expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- One-time Answer links of calls.
CREATE TABLE answer_links (
  token_hash      BLOB    NOT NULL PRIMARY KEY,               -- SHA-256 of what follows #answer=
  agent_id        INTEGER NOT NULL REFERENCES agents (id) ON DELETE CASCADE,
  chat_session_id INTEGER NOT NULL REFERENCES chat_sessions (id) ON DELETE CASCADE,
  call_id         TEXT    REFERENCES calls (id) ON DELETE CASCADE, -- NULL: a call to the visitor
  expires_at      INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Full-text index over folded text (lower case, no diacritics, ı = i), kept behind the write path:
-- settings.search_indexed_up_to says how far it is; a search also reads the few rows after it.
CREATE VIRTUAL TABLE messages_search USING fts5 (
  text, content = '', contentless_delete = 1, tokenize = 'unicode61 remove_diacritics 0', prefix = '2 3'
);
