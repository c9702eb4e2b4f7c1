using EventSegmentation.Evaluation;
using EventSegmentation.Segmentation.Streams;
using Npgsql;
using NpgsqlTypes;

namespace EventSegmentation.Segmentation.Projection;

/// <summary>States as one look found them, before <see cref="StateStore.WithOthersAsync"/> adds the others that are one person with them.</summary>
/// <param name="Survivors">Of each that is merged, the contact into which.</param>
/// <param name="AreUnited">True if some of them are one person with others.</param>
internal sealed record FoundStates(Dictionary<long, ProjectedContact> Contacts, Dictionary<long, long> Survivors, bool AreUnited);

/// <summary>Reads contacts' states with everybody who is one person with them.</summary>
internal static class StateStore
{
    /// <summary>
    /// Stands in the column of the epoch, which is never below 0, where the contact is erased: no later fact of its stream,
    /// whoever wrote it, makes anything of it again.
    /// </summary>
    public const long ErasedEpoch = -1;

    // Whether anybody is merged at all is asked once for all rows: mostly nobody is.
    private const string Columns = """
        s.contact_id, s.stream_version, s.number, s.state, s.merged_into,
        s.merged_into is not null
            or (exists (select from segmentation.contact_states where merged_into is not null)
                and exists (select from segmentation.contact_states m where m.merged_into = s.contact_id)),
        s.epoch, s.xmin, s.partition
        """;

    private const string OfContacts = $"select {Columns} from segmentation.contact_states s where s.contact_id = any($1)";

    /// <summary>The contacts asked for; one of which nothing is kept yet has nothing here either.</summary>
    public static Task<Dictionary<long, ProjectedContact>> LoadAsync(
        NpgsqlConnection connection, ActivePlan plan, long[] contacts, CancellationToken cancellationToken) =>
        LoadAsync(connection, plan, OfContacts, [new() { Value = contacts }], cancellationToken);

    /// <summary>
    /// Asks in a round trip of the caller's for the contacts of partitions that the first events after their first position are of;
    /// <see cref="ReadAsync"/> takes its rows, and <see cref="WithOthersAsync"/> is due.
    /// </summary>
    public static NpgsqlBatchCommand OfNewsCommand(Positions positions, int limit) => new($"""
        select {Columns} from (
            select distinct case when length(e.stream_id) < 19 and translate(e.stream_id, '0123456789', '') = '' then e.stream_id::bigint end as contact_id
            from (select stream_id from public.mt_events where seq_id > $1 order by seq_id limit $2) e
            where e.stream_id <> ''
        ) news join segmentation.contact_states s on s.contact_id = news.contact_id and s.partition = any($3)
        """)
    {
        Parameters = { new() { Value = positions.First }, new() { Value = limit }, PartitionParameter.Of(positions.Partitions) },
    };

    /// <summary>What was found, with others that are asked for and everybody who is one person with any of them.</summary>
    public static async Task<Dictionary<long, ProjectedContact>> WithOthersAsync(
        NpgsqlConnection connection, ActivePlan plan, FoundStates found, long[] others, CancellationToken cancellationToken)
    {
        if (others.Length > 0)
        {
            var more = await FindAsync(connection, plan, OfContacts, [new() { Value = others }], cancellationToken);
            found = new(
                found.Contacts.Concat(more.Contacts).ToDictionary(), found.Survivors.Concat(more.Survivors).ToDictionary(), found.AreUnited || more.AreUnited);
        }

        if (found.AreUnited)
            await AddPersonsAsync(connection, plan, found, cancellationToken);
        return found.Contacts;
    }

    /// <summary>Contacts of partitions after <paramref name="after"/>, in the order of their ids, that lack what is being built.</summary>
    public static Task<Dictionary<long, ProjectedContact>> LoadBehindAsync(
        NpgsqlConnection connection, ActivePlan plan, IReadOnlyList<short> partitions, long after, int limit, CancellationToken cancellationToken) =>
        LoadAsync(connection, plan, $"select {Columns} from segmentation.contact_states s where s.contact_id > $1 and s.epoch < $2 and s.state is not null and s.partition = any($4) order by s.contact_id limit $3", [new() { Value = after }, new() { Value = plan.Plan.Epoch }, new() { Value = limit }, PartitionParameter.Of(partitions)], cancellationToken);

    /// <summary>True if a contact of any partition lacks what is being built. As long as the plan is the same, none will once none does.</summary>
    public static async Task<bool> IsAnyBehindAsync(NpgsqlConnection connection, ActivePlan plan, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand("select exists (select from segmentation.contact_states where epoch < $1 and state is not null)", connection) { CommandTimeout = LongWork.WithoutTimeout };
        command.Parameters.Add(new() { Value = plan.Plan.Epoch });
        return (bool)(await command.ExecuteScalarAsync(cancellationToken))!;
    }

    /// <summary>
    /// Takes contacts over from the owners of other partitions, who have nothing left to do but to complete them for builds:
    /// from here on they cannot write them any more.
    /// </summary>
    public static async Task TakeOverAsync(NpgsqlConnection connection, IReadOnlyList<ContactMove> moves, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand("""
            update segmentation.contact_states s set partition = moved.partition
            from unnest($1, $2) as moved (contact_id, partition) where s.contact_id = moved.contact_id
            """, connection);
        command.Parameters.Add(new() { Value = moves.Select(move => move.ContactId).ToArray() });
        command.Parameters.Add(PartitionParameter.Of(moves.Select(move => move.Partition)));
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>Those of which the row is the one that was read: nothing has moved them since.</summary>
    public static async Task<IReadOnlySet<long>> UnmovedAsync(NpgsqlConnection connection, ProjectedContact[] contacts, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand("""
            select s.contact_id from unnest($1, $2) as seen (contact_id, row_version)
            join segmentation.contact_states s on s.contact_id = seen.contact_id and s.xmin = seen.row_version
            """, connection);
        command.Parameters.Add(new() { Value = contacts.Select(contact => contact.Id).ToArray() });
        command.Parameters.Add(new() { Value = contacts.Select(contact => contact.RowVersion).ToArray(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Xid });
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var unmoved = new HashSet<long>();
        while (await reader.ReadAsync(cancellationToken))
            unmoved.Add(reader.GetInt64(0));
        return unmoved;
    }

    /// <summary>Takes the rows of <see cref="OfNewsCommand"/>.</summary>
    public static async Task<FoundStates> ReadAsync(NpgsqlDataReader reader, ActivePlan plan, CancellationToken cancellationToken)
    {
        var (contacts, survivors, areUnited) = (new Dictionary<long, ProjectedContact>(), new Dictionary<long, long>(), false);
        while (await reader.ReadAsync(cancellationToken))
        {
            var contact = new ProjectedContact(reader.GetInt64(0), plan);
            var state = reader.IsDBNull(3) ? null : ContactState.Read(plan.Plan, reader.GetFieldValue<byte[]>(3));
            contact.Resume(reader.GetInt64(1), reader.GetInt64(2), state, isErased: reader.GetInt64(6) == ErasedEpoch, rowVersion: reader.GetFieldValue<uint>(7), reader.GetInt16(8));
            contacts.Add(contact.Id, contact);
            if (!reader.IsDBNull(4))
                survivors.Add(contact.Id, reader.GetInt64(4));
            areUnited |= reader.GetBoolean(5);
        }

        return new(contacts, survivors, areUnited);
    }

    private static async Task<Dictionary<long, ProjectedContact>> LoadAsync(
        NpgsqlConnection connection, ActivePlan plan, string sql, NpgsqlParameter[] parameters, CancellationToken cancellationToken) =>
        await WithOthersAsync(connection, plan, await FindAsync(connection, plan, sql, parameters, cancellationToken), others: [], cancellationToken);

    private static async Task<FoundStates> FindAsync(
        NpgsqlConnection connection, ActivePlan plan, string sql, NpgsqlParameter[] parameters, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        command.Parameters.AddRange(parameters);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        return await ReadAsync(reader, plan, cancellationToken);
    }

    private static async Task AddPersonsAsync(NpgsqlConnection connection, ActivePlan plan, FoundStates found, CancellationToken cancellationToken)
    {
        var (contacts, survivors, _) = found;
        var others = await FindAsync(connection, plan, $"""
            with recursive up as (
                select contact_id, merged_into from segmentation.contact_states where contact_id = any($1)
                union
                select s.contact_id, s.merged_into from up join segmentation.contact_states s on s.contact_id = up.merged_into
            ), person as (
                select contact_id from up
                union
                select s.contact_id from person join segmentation.contact_states s on s.merged_into = person.contact_id
            )
            select {Columns} from person join segmentation.contact_states s on s.contact_id = person.contact_id
            where s.contact_id <> all($1)
            """, [new() { Value = contacts.Keys.ToArray() }], cancellationToken);
        foreach (var (id, other) in others.Contacts)
            contacts.Add(id, other);
        foreach (var (merged, survivor) in survivors.Concat(others.Survivors))
        {
            // Of a survivor that never had an event there may be nothing yet.
            if (!contacts.TryGetValue(survivor, out var into))
                contacts.Add(survivor, into = new(survivor, plan));
            contacts[merged].JoinTo(into);
        }
    }

    /// <summary>
    /// Brings what is known of persons to those that need it for the facts to come: a batch may end between a contact's
    /// creation and its first event, and identifiers are added to those it had.
    /// </summary>
    public static async Task RecallAsync(
        NpgsqlConnection connection, IReadOnlyDictionary<long, ProjectedContact> contacts, IReadOnlyCollection<StoredEvent> news, CancellationToken cancellationToken)
    {
        var before = new Dictionary<long, long>();
        foreach (var stored in news)
            before.TryAdd(stored.ContactId, stored.Version - 1);
        WantedStream[] wanted =
        [
            .. news.GroupBy(stored => contacts[stored.ContactId].Root)
                .Where(person => person.Key.NeedsRecall([.. person]))
                .SelectMany(person => person.Key.Person)
                .Select(member => new WantedStream(member.Root.Id, member.Id, before.GetValueOrDefault(member.Id, member.StreamVersion))),
        ];
        if (wanted.Length == 0)
            return;
        await foreach (var stored in StreamHistory.ReadIdentityAsync(connection, wanted, cancellationToken))
            contacts[stored.ContactId].Recall(stored);
    }

    /// <summary>
    /// Completes states for what is being built; the history is read only of those that need it. Those of whom an erasure is yet
    /// to be projected are left behind: their facts are gone, and from what is left somebody who did nothing would be built, and
    /// told of if the swap came before the erasure.
    /// </summary>
    public static async Task BuildAsync(NpgsqlConnection connection, ProjectedContact[] behind, CancellationToken cancellationToken)
    {
        foreach (var contact in behind.Where(contact => !contact.NeedsHistoryToComplete))
            contact.Complete();
        ProjectedContact[] roots = [.. behind.Where(contact => contact.IsBehindPlan)];
        await ReadHistoryAsync(connection, roots, TypesToComplete(roots), (contact, history) =>
        {
            // How a stream began is erased with its contact only; a conflict with somebody who was erased is erased in both streams.
            var present = contact.Person.Where(member => !member.IsErased).Select(member => member.Id).ToHashSet();
            if (!history.Any(stored => stored is { Fact: ErasedFact, Version: 1 } && present.Contains(stored.ContactId)))
                contact.Complete(history);
        }, cancellationToken);
    }

    // What one of them needs all are given. Mostly a new segment asks for few types, and what is not read is most of the history.
    private static HashSet<string>? TypesToComplete(ProjectedContact[] roots)
    {
        var types = new HashSet<string>(StringComparer.Ordinal);
        foreach (var root in roots)
        {
            if (root.TypesToComplete is not { } needed)
                return null;
            types.UnionWith(needed);
        }

        return types;
    }

    /// <summary>Completes states from the whole history that they have taken in.</summary>
    public static Task CompleteAsync(NpgsqlConnection connection, ProjectedContact[] behind, CancellationToken cancellationToken) =>
        ReadHistoryAsync(connection, behind, eventTypes: null, (contact, history) => contact.Complete(history), cancellationToken);

    /// <summary>Makes a state anew from the whole history that the person has taken in.</summary>
    public static Task RebuildAsync(NpgsqlConnection connection, ProjectedContact contact, CancellationToken cancellationToken) =>
        ReadHistoryAsync(connection, [contact], eventTypes: null, (root, history) => root.Rebuild(history), cancellationToken);

    private static async Task ReadHistoryAsync(
        NpgsqlConnection connection,
        ProjectedContact[] roots,
        IReadOnlyCollection<string>? eventTypes,
        Action<ProjectedContact, IReadOnlyList<StoredEvent>> take,
        CancellationToken cancellationToken)
    {
        if (roots.Length == 0)
            return;
        var members = roots.SelectMany(root => root.Person).ToDictionary(member => member.Id);
        WantedStream[] wanted = [.. members.Values.Select(member => new WantedStream(member.Root.Id, member.Id, member.StreamVersion))];
        var history = new List<StoredEvent>();
        ProjectedContact? person = null;
        await foreach (var stored in StreamHistory.ReadOfTypesAsync(connection, wanted, eventTypes, cancellationToken))
        {
            var next = members[stored.ContactId].Root;
            if (person is not null && person != next)
            {
                take(person, history);
                history.Clear();
            }

            person = next;
            history.Add(stored);
        }

        if (person is not null)
            take(person, history);
    }
}
