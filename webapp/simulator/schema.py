"""The tables of the state file. Times are milliseconds since 1970."""

from __future__ import annotations

SCHEMA = """
CREATE TABLE IF NOT EXISTS page (
    id TEXT PRIMARY KEY, record TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS person (
    page TEXT, psid TEXT, first_name TEXT, last_name TEXT, locale TEXT, timezone TEXT,
    country TEXT, last_inbound INTEGER, window_ends INTEGER NOT NULL DEFAULT 0,
    blocked INTEGER NOT NULL DEFAULT 0, heard INTEGER NOT NULL DEFAULT 0,
    stranger INTEGER NOT NULL DEFAULT 0, PRIMARY KEY (page, psid)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS token (
    page TEXT, token TEXT, psid TEXT NOT NULL, topic TEXT NOT NULL, issued INTEGER NOT NULL,
    expires INTEGER NOT NULL, used INTEGER, used_paid INTEGER,
    stopped INTEGER NOT NULL DEFAULT 0, PRIMARY KEY (page, token)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS journal (
    id INTEGER PRIMARY KEY AUTOINCREMENT, at INTEGER NOT NULL, method TEXT, path TEXT, page TEXT,
    psid TEXT, accepted INTEGER NOT NULL, mid TEXT, key TEXT, content TEXT, status INTEGER,
    code INTEGER, subcode INTEGER, answer TEXT, note TEXT);
CREATE INDEX IF NOT EXISTS journal_by_person ON journal (page, psid);
CREATE TABLE IF NOT EXISTS inbound (
    id INTEGER PRIMARY KEY, at INTEGER NOT NULL, page TEXT, psid TEXT, mid TEXT, text TEXT);
CREATE INDEX IF NOT EXISTS inbound_by_person ON inbound (page, psid);
CREATE TABLE IF NOT EXISTS reaction (
    id INTEGER PRIMARY KEY, due INTEGER NOT NULL, page TEXT NOT NULL, psid TEXT NOT NULL,
    kind TEXT NOT NULL, detail TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS reaction_due ON reaction (due);
CREATE TABLE IF NOT EXISTS outbox (
    id INTEGER PRIMARY KEY AUTOINCREMENT, due INTEGER NOT NULL, page TEXT NOT NULL,
    field TEXT, event TEXT NOT NULL, attempts INTEGER NOT NULL DEFAULT 0);
CREATE INDEX IF NOT EXISTS outbox_by_page ON outbox (page, due);
CREATE TABLE IF NOT EXISTS marketing (page TEXT, psid TEXT, at INTEGER NOT NULL);
CREATE INDEX IF NOT EXISTS marketing_by_person ON marketing (page, psid, at);
CREATE TABLE IF NOT EXISTS marketing_wish (
    page TEXT, psid TEXT, stopped INTEGER NOT NULL, PRIMARY KEY (page, psid)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS pair (
    page TEXT, psid TEXT, due INTEGER NOT NULL, PRIMARY KEY (page, psid)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS template (
    id TEXT PRIMARY KEY, page TEXT NOT NULL, name TEXT, language TEXT, category TEXT,
    components TEXT, created INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS attachment (id TEXT PRIMARY KEY, page TEXT NOT NULL, kind TEXT);
CREATE TABLE IF NOT EXISTS campaign (
    id TEXT PRIMARY KEY, account TEXT, page TEXT, name TEXT, daily_budget INTEGER,
    lifetime_budget INTEGER, starts INTEGER, ends INTEGER, created INTEGER,
    deleted INTEGER NOT NULL DEFAULT 0);
CREATE TABLE IF NOT EXISTS paid_message (
    tracking TEXT PRIMARY KEY, campaign TEXT NOT NULL, at INTEGER NOT NULL, cost REAL NOT NULL,
    delivered INTEGER NOT NULL DEFAULT 0, seen INTEGER NOT NULL DEFAULT 0,
    clicked INTEGER NOT NULL DEFAULT 0) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS paid_by_campaign ON paid_message (campaign, at);
"""
