-- The event store: the tables of Marten (single tenant, string stream identity, quick append), in the
-- default schema, so that a service that has Marten opens them without a setting.

create table public.mt_streams (
    id          varchar     not null constraint pkey_mt_streams_id primary key,
    type        varchar,
    version     bigint      not null,
    timestamp   timestamptz not null default now(),
    created     timestamptz not null default now(),
    tenant_id   varchar     default '*DEFAULT*',
    is_archived boolean     default false
) with (fillfactor = 85);

create sequence public.mt_events_sequence;

create table public.mt_events (
    seq_id         bigint       not null constraint pkey_mt_events_seq_id primary key,
    id             uuid         not null,
    stream_id      varchar      constraint fkey_mt_events_stream_id references public.mt_streams (id) on delete cascade,
    version        bigint       not null,
    data           jsonb        not null,
    bdata          bytea,
    type           varchar(500) not null,
    timestamp      timestamptz  not null,
    tenant_id      varchar      default '*DEFAULT*',
    mt_dotnet_type varchar,
    is_archived    boolean      default false
);

alter sequence public.mt_events_sequence owned by public.mt_events.seq_id;

create unique index pk_mt_events_stream_and_version on public.mt_events (stream_id, version);

-- Ours: Marten has no guard against the same event twice; this one makes delivery idempotent.
create unique index segmentation_events_id on public.mt_events (id);

-- Ours: finds what is known of a contact without reading its events.
create index segmentation_identity on public.mt_events (stream_id, version) where type <> 'event_recorded';

create table public.mt_event_progression (
    name         varchar     not null constraint pk_mt_event_progression primary key,
    last_seq_id  bigint,
    last_updated timestamptz default transaction_timestamp()
);

create table public.mt_high_water_skips (
    ending_sequence   bigint      not null constraint pkey_mt_high_water_skips_ending_sequence primary key,
    starting_sequence bigint      not null,
    timestamp         timestamptz
);
