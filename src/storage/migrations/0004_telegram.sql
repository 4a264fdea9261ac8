-- Telegram: the outbox carries every kind of notice, and answers come back.
ALTER TABLE agents ADD COLUMN telegram_id INTEGER;
CREATE UNIQUE INDEX agents_by_telegram ON agents (telegram_id) WHERE telegram_id IS NOT NULL;
ALTER TABLE logins ADD COLUMN answers_only INTEGER NOT NULL DEFAULT 0 CHECK (answers_only IN (0, 1));
ALTER TABLE challenges ADD COLUMN code_hash BLOB;
ALTER TABLE chat_sessions ADD COLUMN rating INTEGER CHECK (rating BETWEEN 1 AND 5);
ALTER TABLE chat_sessions ADD COLUMN rated_at INTEGER;
ALTER TABLE chat_sessions ADD COLUMN reminded_at INTEGER;
ALTER TABLE chat_sessions ADD COLUMN late_told_at INTEGER;
-- Who waits already was left alone so far; a flood of reminders on the first day would help nobody.
UPDATE chat_sessions SET reminded_at = waiting_since, late_told_at = waiting_since WHERE waiting_since IS NOT NULL;
CREATE INDEX chat_sessions_waiting ON chat_sessions (waiting_since) WHERE waiting_since > coalesce(late_told_at, 0);
ALTER TABLE messages ADD COLUMN via TEXT CHECK (via IN ('telegram'));
ALTER TABLE messages ADD COLUMN edited_at INTEGER;

-- Nothing was delivered before there was Telegram: what waits is no news any more.
DROP TABLE outbox;
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
