"""The tables of the sandbox provider's book."""

TABLES = """
create table if not exists payment (
  id text primary key,
  key text not null unique,
  fingerprint text not null,
  reference text not null,
  payee text not null,
  amount bigint not null check (amount >= 0),
  currency text not null,
  method text not null,
  is_at_once boolean not null,
  return_url text not null default '',
  state text not null check (state in ('action', 'authorised', 'captured', 'declined', 'voided')),
  captured bigint not null default 0 check (captured between 0 and amount),
  refunded bigint not null default 0 check (refunded between 0 and captured),
  reason text not null default '',
  created_at timestamptz not null default clock_timestamp()
);
create table if not exists line (
  id bigint generated always as identity primary key,
  kind text not null check (kind in ('capture', 'refund', 'dispute', 'dispute_won')),
  ref text not null,
  key text unique,
  payment_id text not null references payment,
  reference text not null,
  amount bigint not null check (amount > 0),
  at timestamptz not null default clock_timestamp(),
  unique (kind, ref)
);
create index if not exists line_by_time on line (at);
create table if not exists dispute (
  id text primary key,
  payment_id text not null unique references payment,
  amount bigint not null,
  reason text not null,
  state text not null check (state in ('opened', 'answered', 'won', 'lost')),
  due_by timestamptz not null
);
create table if not exists evidence (
  key text primary key,
  dispute_id text not null references dispute,
  text text not null,
  files jsonb not null
);
create table if not exists parcel (
  id bigint generated always as identity primary key,
  event_id text not null,
  body text not null,
  is_signature_wrong boolean not null,
  due_at timestamptz not null,
  attempts int not null default 0,
  is_done boolean not null default false
);
create index if not exists parcel_due on parcel (due_at) where not is_done;
"""
