using EventSegmentation.Evaluation;
using EventSegmentation.Segmentation.Streams;
using Npgsql;

namespace EventSegmentation.Segmentation.Projection;

/// <summary>Reads contacts' states, completed for the present plan.</summary>
internal static class StateStore
{
    private const string Columns = "contact_id, stream_version, number, state";

    /// <summary>The contacts asked for; one that has no state yet has none here either.</summary>
    public static Task<Dictionary<long, ProjectedContact>> LoadAsync(
        NpgsqlConnection connection, ActivePlan plan, long[] contacts, CancellationToken cancellationToken) =>
        ReadAsync(connection, plan, $"select {Columns} from segmentation.contact_states where contact_id = any($1)", [new() { Value = contacts }], cancellationToken);

    /// <summary>Contacts with a timer that is due, the earliest first.</summary>
    public static Task<Dictionary<long, ProjectedContact>> LoadDueAsync(
        NpgsqlConnection connection, ActivePlan plan, DateTimeOffset now, int limit, CancellationToken cancellationToken) =>
        ReadAsync(connection, plan, $"select {Columns} from segmentation.contact_states where due <= $1 order by due limit $2", [new() { Value = now }, new() { Value = limit }], cancellationToken);

    /// <summary>Contacts after <paramref name="after"/>, in the order of their ids, that an older plan built.</summary>
    public static Task<Dictionary<long, ProjectedContact>> LoadBehindAsync(
        NpgsqlConnection connection, ActivePlan plan, long after, int limit, CancellationToken cancellationToken) =>
        ReadAsync(connection, plan, $"select {Columns} from segmentation.contact_states where contact_id > $1 and epoch < $2 and state is not null order by contact_id limit $3", [new() { Value = after }, new() { Value = plan.Plan.Epoch }, new() { Value = limit }], cancellationToken);

    /// <summary>The earliest instant at which a timer is due, or null.</summary>
    public static async Task<DateTimeOffset?> NextDueAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand("select min(due) from segmentation.contact_states where due is not null", connection);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        await reader.ReadAsync(cancellationToken);
        return reader.IsDBNull(0) ? null : reader.GetFieldValue<DateTimeOffset>(0);
    }

    private static async Task<Dictionary<long, ProjectedContact>> ReadAsync(
        NpgsqlConnection connection, ActivePlan plan, string sql, NpgsqlParameter[] parameters, CancellationToken cancellationToken)
    {
        var contacts = new Dictionary<long, ProjectedContact>();
        await using (var command = new NpgsqlCommand(sql, connection))
        {
            command.Parameters.AddRange(parameters);
            await using var reader = await command.ExecuteReaderAsync(cancellationToken);
            while (await reader.ReadAsync(cancellationToken))
            {
                var contact = new ProjectedContact(reader.GetInt64(0), plan);
                contact.Resume(reader.GetInt64(1), reader.GetInt64(2), reader.IsDBNull(3) ? null : ContactState.Read(plan.Plan, reader.GetFieldValue<byte[]>(3)));
                contacts.Add(contact.Id, contact);
            }
        }

        await CompleteAsync(connection, contacts.Values.Where(contact => contact.IsBehindPlan).ToArray(), cancellationToken);
        return contacts;
    }

    /// <summary>
    /// Brings what is known of contacts to those that need it for the facts to come: a batch may end between a contact's
    /// creation and its first event, and identifiers are added to those it had.
    /// </summary>
    public static async Task RecallAsync(
        NpgsqlConnection connection, IReadOnlyDictionary<long, ProjectedContact> contacts, IEnumerable<StoredEvent> news, CancellationToken cancellationToken)
    {
        (long, long)[] wanted =
        [
            .. news.GroupBy(stored => stored.ContactId)
                .Where(contact => contacts[contact.Key].NeedsRecall(contact))
                .Select(contact => (contact.Key, contact.First().Version - 1)),
        ];
        if (wanted.Length == 0)
            return;
        await foreach (var stored in StreamHistory.ReadIdentityAsync(connection, wanted, cancellationToken))
            contacts[stored.ContactId].Recall(stored);
    }

    /// <summary>Completes states from the whole history that they have taken in.</summary>
    public static async Task CompleteAsync(NpgsqlConnection connection, ProjectedContact[] behind, CancellationToken cancellationToken)
    {
        if (behind.Length == 0)
            return;
        var byId = behind.ToDictionary(contact => contact.Id);
        var history = new List<StoredEvent>();
        await foreach (var stored in StreamHistory.ReadAsync(connection, [.. behind.Select(contact => (contact.Id, contact.StreamVersion))], cancellationToken))
        {
            if (history.Count > 0 && history[0].ContactId != stored.ContactId)
            {
                byId[history[0].ContactId].Complete(history);
                history.Clear();
            }

            history.Add(stored);
        }

        if (history.Count > 0)
            byId[history[0].ContactId].Complete(history);
    }

    /// <summary>Makes a state anew from the whole history that it has taken in.</summary>
    public static async Task RebuildAsync(NpgsqlConnection connection, ProjectedContact contact, CancellationToken cancellationToken)
    {
        var history = new List<StoredEvent>();
        await foreach (var stored in StreamHistory.ReadAsync(connection, [(contact.Id, contact.StreamVersion)], cancellationToken))
            history.Add(stored);
        contact.Rebuild(history);
    }
}
