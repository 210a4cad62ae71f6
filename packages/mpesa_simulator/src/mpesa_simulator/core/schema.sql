-- The network's books and memory. Money is in cents, moments in milliseconds since 1970 UTC.

CREATE TABLE facts (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;

CREATE TABLE counters (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;

CREATE TABLE subscribers (
    msisdn TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    pin TEXT NOT NULL,
    registered INTEGER NOT NULL,
    phone TEXT NOT NULL CHECK (phone IN ('on', 'off', 'old_sim')),
    wrong_pins INTEGER NOT NULL DEFAULT 0,
    id_number TEXT NOT NULL DEFAULT '',
    sim_swapped_at INTEGER,
    autopilot TEXT,
    created_at INTEGER NOT NULL
) WITHOUT ROWID;

CREATE TABLE organisations (
    shortcode TEXT PRIMARY KEY,
    profile TEXT NOT NULL
) WITHOUT ROWID;

CREATE TABLE tokens (
    token TEXT PRIMARY KEY,
    consumer_key TEXT NOT NULL,
    expires_at INTEGER NOT NULL
) WITHOUT ROWID;

CREATE TABLE accounts (
    name TEXT PRIMARY KEY,
    balance INTEGER NOT NULL DEFAULT 0
) WITHOUT ROWID;

-- One row for each movement of money: the journal entry. Its postings sum to zero.
CREATE TABLE transactions (
    id INTEGER PRIMARY KEY,
    receipt TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL,
    amount INTEGER NOT NULL CHECK (amount > 0),
    payer TEXT NOT NULL,
    payee TEXT NOT NULL,
    payer_charge INTEGER NOT NULL DEFAULT 0,
    payee_charge INTEGER NOT NULL DEFAULT 0,
    reference TEXT NOT NULL DEFAULT '',
    channel TEXT NOT NULL,
    initiated_at INTEGER NOT NULL,
    completed_at INTEGER NOT NULL,
    shown_at INTEGER NOT NULL, -- when statements begin to show it: later than it happened, by a fault
    originator_conversation_id TEXT,
    conversation_id TEXT,
    reverses TEXT UNIQUE
);
CREATE INDEX transactions_by_payer ON transactions (payer, completed_at);
CREATE INDEX transactions_by_payee ON transactions (payee, completed_at);
CREATE INDEX transactions_by_originator ON transactions (originator_conversation_id)
    WHERE originator_conversation_id IS NOT NULL;

CREATE TABLE postings (
    id INTEGER PRIMARY KEY,
    transaction_id INTEGER NOT NULL REFERENCES transactions,
    account TEXT NOT NULL REFERENCES accounts,
    amount INTEGER NOT NULL,
    balance INTEGER NOT NULL,
    reason TEXT NOT NULL
);
CREATE INDEX postings_by_account ON postings (account, id);

CREATE TABLE prompts (
    id TEXT PRIMARY KEY,
    kind TEXT NOT NULL,
    msisdn TEXT NOT NULL,
    shortcode TEXT NOT NULL,
    amount INTEGER NOT NULL,
    payee TEXT NOT NULL,
    text TEXT NOT NULL,
    details TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('sending', 'open', 'ended')),
    asked_at INTEGER NOT NULL,
    expires_at INTEGER,
    ended_at INTEGER,
    result_code TEXT,
    result_text TEXT,
    receipt TEXT
) WITHOUT ROWID;
CREATE UNIQUE INDEX one_live_prompt_per_phone ON prompts (msisdn) WHERE state <> 'ended';

-- Asynchronous requests of organisations: acknowledged at once, carried out a little later.
CREATE TABLE requests (
    conversation_id TEXT PRIMARY KEY,
    originator_conversation_id TEXT NOT NULL UNIQUE,
    operation TEXT NOT NULL,
    shortcode TEXT NOT NULL,
    phone TEXT NOT NULL,
    fields TEXT NOT NULL,
    asked_at INTEGER NOT NULL,
    done_at INTEGER,
    result_code TEXT,
    receipt TEXT
) WITHOUT ROWID;

CREATE TABLE standing_orders (
    id TEXT PRIMARY KEY,
    msisdn TEXT NOT NULL,
    name TEXT NOT NULL,
    details TEXT NOT NULL,
    UNIQUE (msisdn, name)
) WITHOUT ROWID;

CREATE TABLE invoices (
    shortcode TEXT NOT NULL,
    external_reference TEXT NOT NULL,
    account_reference TEXT NOT NULL,
    amount INTEGER NOT NULL,
    paid INTEGER NOT NULL DEFAULT 0,
    details TEXT NOT NULL,
    PRIMARY KEY (shortcode, external_reference)
) WITHOUT ROWID;

CREATE TABLE messages (
    id INTEGER PRIMARY KEY,
    msisdn TEXT NOT NULL,
    sender TEXT NOT NULL,
    text TEXT NOT NULL,
    sent_at INTEGER NOT NULL,
    read INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX messages_by_phone ON messages (msisdn, id);

CREATE TABLE callbacks (
    id INTEGER PRIMARY KEY,
    kind TEXT NOT NULL,
    about TEXT NOT NULL,
    organisation TEXT NOT NULL,
    phone TEXT NOT NULL,
    url TEXT NOT NULL,
    body TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('waiting', 'sending', 'delivered', 'failed', 'lost')),
    fault TEXT,
    due_at INTEGER NOT NULL,
    sent_at INTEGER,
    status INTEGER,
    answer TEXT
);
CREATE INDEX callbacks_by_about ON callbacks (about);
CREATE INDEX callbacks_held_back ON callbacks (organisation)
    WHERE state = 'waiting' AND fault = 'callback_reordered';

CREATE TABLE faults (
    id INTEGER PRIMARY KEY,
    rule TEXT NOT NULL,
    asked INTEGER NOT NULL DEFAULT 0,
    struck INTEGER NOT NULL DEFAULT 0
);

CREATE TABLE agenda (
    id INTEGER PRIMARY KEY,
    due_at INTEGER NOT NULL,
    verb TEXT NOT NULL,
    subject TEXT NOT NULL
);
CREATE INDEX agenda_by_time ON agenda (due_at, id);
CREATE INDEX agenda_by_subject ON agenda (subject, verb);

-- URLs and registrations that organisations left with the network.
CREATE TABLE registrations (
    shortcode TEXT NOT NULL,
    kind TEXT NOT NULL,
    details TEXT NOT NULL,
    PRIMARY KEY (shortcode, kind)
) WITHOUT ROWID;
