-- What segmentation keeps beside the streams. Everything here but event types, segments and the ledger
-- can be made again from the streams; identifiers that a rule made of a field, from the streams and the rule.

create schema segmentation;

-- Contacts and identifiers -----------------------------------------------------------------------

create sequence segmentation.contact_ids start 1001;

create table segmentation.contacts (
    id      bigint      primary key,
    source  text        not null,
    created timestamptz not null,
    fields  jsonb       not null default '{}',
    erased  timestamptz,
    -- The contact that this one was merged into. What follows it to the end finds the person.
    merged_into bigint  references segmentation.contacts (id)
);
create index contacts_merged on segmentation.contacts (merged_into) where merged_into is not null;
create index contacts_by_field on segmentation.contacts using gin (fields jsonb_path_ops);

-- The additional fields that contacts may have. A field that identifies has a row in "identifiers" for each value,
-- under its name as kind.
create table segmentation.contact_fields (
    name       text        primary key,
    type       text        not null check (type in ('text', 'number', 'date', 'boolean', 'list', 'object')),
    identifies boolean     not null default false,
    created    timestamptz not null
);
insert into segmentation.contact_fields (name, type, identifies, created) values ('ContactKey', 'text', true, now());

-- One row an event type; the empty one is the whole installation's.
create table segmentation.matching_rules (
    event_type    text        primary key,
    is_on         boolean     not null,
    contact_field text        not null,
    parameter     text        not null,
    changed       timestamptz not null
);

-- One row an identifier; "key" is the value as it is compared. The primary key decides who wins when two
-- consumers meet the same new person at the same moment.
create table segmentation.identifiers (
    kind       text   not null,
    key        text   not null,
    value      text   not null,
    contact_id bigint not null references segmentation.contacts (id) on delete cascade,
    primary key (kind, key)
);
create index identifiers_of_contact on segmentation.identifiers (contact_id);

-- All but aliases and push tokens hold one value, also when two consumers link different ones at the same moment.
create unique index identifiers_of_one_value on segmentation.identifiers (contact_id, kind) where kind not in ('contactId', 'pushToken');

-- One row for each of the two cards.
create table segmentation.conflicts (
    contact_id bigint      not null references segmentation.contacts (id) on delete cascade,
    kind       text        not null,
    key        text        not null,
    value      text        not null,
    other_id   bigint      not null,
    event_id   text        not null,
    found      timestamptz not null,
    primary key (contact_id, kind, key, other_id)
);

-- Events without a contact -----------------------------------------------------------------------

-- The position is the order in which they came, by which they are matched again.
create table segmentation.unassigned_events (
    id          uuid        primary key,
    position    bigint      generated always as identity unique,
    event_id    text        not null,
    type        text        not null,
    key_value   text,
    occurred_at timestamptz not null,
    received_at timestamptz not null,
    recorded_at timestamptz not null,
    import      boolean     not null,
    params      jsonb       not null,
    reason      text        not null
);
create index unassigned_events_by_time on segmentation.unassigned_events (occurred_at, id);
create index unassigned_events_by_type on segmentation.unassigned_events (type, occurred_at, id);
create index unassigned_events_by_receipt on segmentation.unassigned_events (received_at);

-- What was not accepted, or could not be stored, as far as it could be read. "at" is its place in the history.
-- The body and the reasons are text: whatever was wrong with them may be what jsonb does not take.
create table segmentation.refused_events (
    seq         bigint      generated always as identity primary key,
    id          text        not null unique,
    event_id    text,
    type        text,
    key_value   text,
    occurred_at timestamptz,
    received_at timestamptz not null,
    at          timestamptz not null generated always as (coalesce(occurred_at, received_at)) stored,
    source      text        not null,
    reasons     text        not null,
    body        text        not null
);
create index refused_events_by_time on segmentation.refused_events (at, seq);
create index refused_events_by_type on segmentation.refused_events (type, at, seq);
create index refused_events_by_event on segmentation.refused_events (event_id) where event_id is not null;
create index refused_events_by_receipt on segmentation.refused_events (received_at);

-- Events without a contact that were erased because they named an erased person: so that one that comes again is
-- known. The id is a hash.
create table segmentation.erased_events (
    id uuid primary key
);

-- The event history over the streams ------------------------------------------------------------

-- When a recorded event occurred. Immutable, because what we write names its offset; so an index may hold it.
-- plpgsql, which calls faster than an SQL function that the planner may not inline.
create function segmentation.occurred_at(data jsonb) returns timestamptz immutable parallel safe language plpgsql as $$
begin
    return (data ->> 'OccurredAt')::timestamptz;
end
$$;

create index mt_events_by_time on public.mt_events (segmentation.occurred_at(data), seq_id) where type = 'event_recorded';
create index mt_events_by_type on public.mt_events ((data ->> 'EventType'), segmentation.occurred_at(data), seq_id) where type = 'event_recorded';

-- Event types ------------------------------------------------------------------------------------

create table segmentation.event_types (
    key        text        primary key,
    first_seen timestamptz,
    last_seen  timestamptz,
    events     bigint      not null default 0,
    counted    bigint      not null default 0,
    is_on      boolean     not null default false
) with (fillfactor = 50);
create index event_types_on on segmentation.event_types (key) where is_on;

-- Half-open intervals in which a type was used for segmentation; the open one has no end.
create table segmentation.event_type_intervals (
    key    text        not null references segmentation.event_types (key) on delete cascade,
    starts timestamptz not null,
    ends   timestamptz,
    primary key (key, starts)
);

create table segmentation.event_type_parameters (
    key       text        not null references segmentation.event_types (key) on delete cascade,
    name      text        not null,
    kinds     text[]      not null,
    samples   text[]      not null,
    last_seen timestamptz not null,
    primary key (key, name)
);

-- Segments ---------------------------------------------------------------------------------------

-- A key is taken for ever: an archived segment is revived under it. The revision rises with every change of what
-- was written.
create table segmentation.segments (
    id         bigint      generated always as identity primary key,
    key        text        not null unique,
    name       text        not null,
    purpose    text        not null default '',
    tags       text[]      not null default '{}',
    is_static  boolean     not null default false,
    revision   bigint      not null default 1,
    archived   timestamptz,
    created    timestamptz not null,
    created_by text        not null,
    changed    timestamptz not null,
    changed_by text        not null
);

-- What an administrator wrote; only its state changes. The condition of a static segment is null.
create table segmentation.segment_versions (
    id         bigint      generated always as identity primary key,
    segment_id bigint      not null references segmentation.segments (id),
    version    integer     not null,
    condition  jsonb,
    time_zone  text        not null,
    created    timestamptz not null,
    created_by text        not null,
    state      text        not null check (state in ('draft', 'waiting', 'building', 'live', 'retired', 'cancelled')),
    live_since timestamptz,
    live_until timestamptz,
    unique (segment_id, version)
);

-- Exclusive groups in the order that serves, highest first; empty while the first order is built. The revision is the
-- version of the plan at the last change, so that a group made again has none that it had before.
create table segmentation.segment_groups (
    key         text        primary key,
    segment_ids bigint[]    not null default '{}',
    revision    bigint      not null,
    changed     timestamptz not null,
    changed_by  text        not null
);

-- Changes on their way to being live. All that run at one time are built together and swapped together.
create table segmentation.builds (
    id           bigint      generated always as identity primary key,
    requested    timestamptz not null,
    requested_by text        not null,
    started      timestamptz,
    ended        timestamptz,
    silent       boolean     not null,
    state        text        not null check (state in ('waiting', 'running', 'done', 'cancelled', 'failed')),
    -- Why it failed.
    reason       text,
    built        bigint      not null default 0,
    to_build     bigint      not null default 0
);
create index builds_pending on segmentation.builds (id) where state in ('waiting', 'running');

-- A version that is to serve, or null if the segment is to end.
create table segmentation.build_segments (
    build_id   bigint not null references segmentation.builds (id),
    segment_id bigint not null references segmentation.segments (id),
    version_id bigint references segmentation.segment_versions (id),
    -- Since when the segment was archived before: so it is again if the build is cancelled.
    was_archived timestamptz,
    primary key (build_id, segment_id)
);
create index build_segments_of_segment on segmentation.build_segments (segment_id, build_id);

-- The order that is to serve; empty if the group is to end.
create table segmentation.build_groups (
    build_id    bigint   not null references segmentation.builds (id),
    group_key   text     not null,
    segment_ids bigint[] not null,
    primary key (build_id, group_key)
);

-- Of each segment the version that serves or will serve: what is on its way, or else what is live. None of an archived
-- segment, nor of one whose end is on its way.
create view segmentation.standing_versions as
select distinct on (v.segment_id) v.*
from segmentation.segment_versions v
join segmentation.segments s on s.id = v.segment_id
where v.state in ('waiting', 'building', 'live') and s.archived is null
  and not exists (
      select from segmentation.build_segments c join segmentation.builds b on b.id = c.build_id
      where c.segment_id = v.segment_id and c.version_id is null and b.state in ('waiting', 'running'))
order by v.segment_id, v.state <> 'live' desc, v.version desc;

-- A version as it is evaluated: behind the versions that stand before it in its group, and with what it refers to. The id
-- is the epoch of the definition: states say by it what they were built for. It rises in commit order because every
-- writer of this table holds the lock of segmentation.plan. One that is retiring serves until the swap that ends it. One
-- that is suspended serves too, but is not evaluated: its memberships stay as they are until another edition takes its place.
create table segmentation.editions (
    id         bigint   generated always as identity primary key,
    version_id bigint   not null references segmentation.segment_versions (id),
    segment_id bigint   not null references segmentation.segments (id),
    build_id   bigint   not null references segmentation.builds (id),
    before     bigint[] not null default '{}',
    group_key  text,
    silent     boolean  not null,
    state      text     not null check (state in ('building', 'live', 'retiring', 'retired')),
    suspended  timestamptz,
    suspended_reason text
);
create unique index editions_serving on segmentation.editions (segment_id) where state in ('live', 'retiring');
create unique index editions_building on segmentation.editions (segment_id) where state = 'building';

-- Who is on the list of a static segment now, by the facts of the streams. joined rises with every row that is written: a
-- replacement takes off nobody who was put on the list after it began.
create table segmentation.list_members (
    segment_id bigint not null references segmentation.segments (id),
    contact_id bigint not null references segmentation.contacts (id) on delete cascade,
    joined     bigint not null generated always as identity,
    primary key (segment_id, contact_id)
);
create index list_members_of_contact on segmentation.list_members (contact_id);

-- Uploads of lists. The figures are those of the lines that are done, committed with them. A refusal has the number of a
-- line and a reason, and no value.
create table segmentation.list_imports (
    id         bigint      generated always as identity primary key,
    segment_id bigint      not null references segmentation.segments (id),
    mode       text        not null check (mode in ('add', 'remove', 'replace')),
    state      text        not null check (state in ('running', 'done', 'broken')),
    -- Why it is broken.
    reason     text,
    started    timestamptz not null,
    started_by text        not null,
    ended      timestamptz,
    lines      bigint      not null default 0,
    added      bigint      not null default 0,
    removed    bigint      not null default 0,
    unchanged  bigint      not null default 0,
    refused    bigint      not null default 0,
    refusals   jsonb       not null default '[]'
);
create index list_imports_of_segment on segmentation.list_imports (segment_id, id);

-- One row: the version rises with every change that is asked for, and the other number with every change of the editions
-- that are evaluated; so what merely waits disturbs nothing that runs.
create table segmentation.plan (
    only_row         boolean     primary key default true check (only_row),
    version          bigint      not null,
    editions         bigint      not null default 1,
    -- The instant of the last swap, and as far as the streams had been followed then in every partition: what comes later is
    -- taken in at that instant or after it, whenever it was recorded.
    swapped_at       timestamptz not null default '-infinity',
    swapped_sequence bigint      not null default 0
);
insert into segmentation.plan (version) values (1);

-- For a transaction that writes what it evaluated: keeps the editions as they are until its end, and fails if they are not
-- those that it evaluated. Whoever swaps holds the same lock alone. The number of the lock stands in AdvisoryLocks.cs. The lock
-- comes first: plpgsql looks anew with each statement, and so at what holds under the lock.
create function segmentation.hold_plan(evaluated bigint) returns void language plpgsql as $$
begin
    perform pg_advisory_xact_lock_shared(1583677447);
    if (select editions from segmentation.plan) <> evaluated then
        raise exception 'the editions are no longer those of %', evaluated using errcode = 'ES001';
    end if;
end
$$;

-- The id that a text names: a UUID of version 8 over its SHA-256, the same one that the service makes of it.
create function segmentation.identity_of(name text) returns uuid immutable parallel safe language sql as $$
    select encode(set_byte(set_byte(hash, 6, (get_byte(hash, 6) & 15) | 128), 8, (get_byte(hash, 8) & 63) | 128), 'hex')::uuid
    from (select substring(sha256(convert_to(name, 'UTF8')) for 16) as hash) as hashed
$$;

-- Projection -------------------------------------------------------------------------------------

-- Contacts lie in 16 partitions: by their ids, and from the merge on in that of the contact that they were merged into, so
-- that a person lies in one. Whose a fact is depends on its sequence: whoever follows the streams again finds each fact
-- where it was. Giving a contact back leaves it where it is.
create table segmentation.moved_contacts (
    contact_id       bigint   not null,
    -- The first fact that belongs to the new partition: that of the merge.
    sequence         bigint   not null,
    partition        smallint not null,
    partition_before smallint not null,
    primary key (contact_id, sequence)
);
create index moved_contacts_by_sequence on segmentation.moved_contacts (sequence);

-- The partition of a contact's next fact.
create function segmentation.partition_of(contact bigint) returns smallint stable parallel safe language sql as $$
    select coalesce(
        (select partition from segmentation.moved_contacts where contact_id = contact order by sequence desc limit 1), (contact % 16)::smallint)
$$;

-- The state of an erased contact is null and its epoch -1: only its place in the stream and in the ledger remains.
create table segmentation.contact_states (
    contact_id     bigint      primary key,
    stream_version bigint      not null,
    epoch          bigint      not null,
    number         bigint      not null,
    due            timestamptz,
    -- Null for a contact that is merged into another, which has the state of both, for one without events, and once erased.
    state          bytea,
    -- As far as the streams have been followed; contacts.merged_into is ahead of it for moments.
    merged_into    bigint,
    -- Only who owns it writes the row.
    partition      smallint    not null
) with (fillfactor = 70);
create index contact_states_due on segmentation.contact_states (due, contact_id) where due is not null;
create index contact_states_merged on segmentation.contact_states (merged_into) where merged_into is not null;

create table segmentation.memberships (
    edition_id bigint      not null,
    contact_id bigint      not null,
    since      timestamptz not null,
    primary key (edition_id, contact_id)
);

-- The ledger is the outbox: positions are without gaps and in commit order, because whoever writes takes them from the one row
-- of ledger_end, which stays locked until the commit. A transition without a number is one that nobody is told of: who becomes a member or ceases
-- to be one in a silent swap. With these rows the live memberships are what the ledger adds up to.
create table segmentation.ledger (
    position       bigint      primary key,
    contact_id     bigint      not null,
    number         bigint,
    segment_id     bigint      not null,
    version        integer     not null,
    entered        boolean     not null,
    at             timestamptz not null,
    cause          text        not null,
    cause_event_id text,
    change_id      uuid,
    trace_parent   text
);
create unique index ledger_of_contact on segmentation.ledger (contact_id, number);
create index ledger_of_segment on segmentation.ledger (segment_id, position) include (contact_id, at, entered);

-- What happened since an instant lies in the last pages. This says which, for next to nothing at each insert; an index
-- by segment and contact would double what an insert costs.
create index ledger_by_time on segmentation.ledger using brin (at) with (autosummarize = on);

create table segmentation.ledger_end (
    only_row boolean primary key default true check (only_row),
    position bigint  not null
) with (fillfactor = 10);
insert into segmentation.ledger_end (position) values (0);

-- How far the streams are projected, and how far the ledger is published, in each partition. A contact's transitions are
-- published where its id says, wherever it is projected.
create table segmentation.checkpoints (
    name      text     not null,
    partition smallint not null check (partition between 0 and 15),
    position  bigint   not null,
    primary key (name, partition)
) with (fillfactor = 30);
insert into segmentation.checkpoints (name, partition, position)
select name, partition, 0 from unnest(array['projector', 'relay']) as name, generate_series(0, 15) as partition;
