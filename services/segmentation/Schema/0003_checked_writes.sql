-- What a transaction must have written, checked where it is written, so that its commit needs no round trip of its own.

-- Moves the checkpoints of partitions that stand at one position; fails if somebody else has moved one.
create function segmentation.move_checkpoints(follower text, partitions smallint[], before bigint, after bigint) returns void language plpgsql as $$
declare
    moved bigint;
begin
    update segmentation.checkpoints c set position = after
    where c.name = follower and c.partition = any(partitions) and c.position = before;
    get diagnostics moved = row_count;
    if moved <> cardinality(partitions) then
        raise exception 'another owner has moved a checkpoint of the %', follower using errcode = 'ES002';
    end if;
end
$$;

-- Fails unless all contacts were written: one of another partition by now is not.
create function segmentation.expect_contacts(written bigint, expected bigint) returns void language plpgsql as $$
begin
    if written <> expected then
        raise exception 'of % contacts % lie in other partitions by now', expected, expected - written using errcode = 'ES003';
    end if;
end
$$;
