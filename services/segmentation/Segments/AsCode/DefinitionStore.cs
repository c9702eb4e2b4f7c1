using EventSegmentation.Segmentation.Builds;
using EventSegmentation.Segmentation.Contacts;
using EventSegmentation.Segmentation.Http;
using EventSegmentation.Segmentation.Schema;
using EventSegmentation.Segmentation.Segments.Groups;
using Npgsql;

namespace EventSegmentation.Segmentation.Segments.AsCode;

/// <summary>What became of a document that was to be applied, or tried.</summary>
internal abstract record DocumentOutcome
{
    /// <summary>Everything is as the document says, or will be as soon as it is built; or could be, if it was only tried.</summary>
    /// <param name="BuildId">The one build of all that must be built; null if nothing must be.</param>
    /// <param name="Tag">The ETag of what is defined now, after the change if there was one; empty until that is known.</param>
    public sealed record Done(IReadOnlyList<DefinitionChange> Changes, long? BuildId, string Tag = "") : DocumentOutcome;

    /// <summary>Something was defined otherwise since the caller read it.</summary>
    /// <param name="Tag">The present ETag.</param>
    public sealed record Changed(string Tag) : DocumentOutcome;

    /// <summary>Nothing of it was done.</summary>
    public sealed record Refused(IReadOnlyList<ProblemError> Errors) : DocumentOutcome;
}

/// <summary>Reads all that administrators define, and makes it what a document says: as a whole, in one transaction and one build.</summary>
internal sealed class DefinitionStore(NpgsqlDataSource database)
{
    /// <summary>What serves or will serve; drafts and archived segments are no part of it.</summary>
    public async Task<DefinitionDocument> ReadAsync(CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        // One snapshot: a group and the segments that it names belong together.
        await using var transaction = await connection.BeginTransactionAsync(System.Data.IsolationLevel.RepeatableRead, cancellationToken);
        return await ReadAsync(connection, cancellationToken);
    }

    /// <summary>
    /// Applies a document. Throws <see cref="BusyException"/> if others keep changing the same.
    /// </summary>
    /// <param name="prune">True to end what the document does not have.</param>
    /// <param name="onlyTry">True to do everything up to the commit, and then nothing: whoever asks hears what would be done, or refused.</param>
    public Task<DocumentOutcome> ApplyAsync(
        DefinitionDocument document, bool prune, bool silent, bool onlyTry, IfMatch match, ChangeMark mark, CancellationToken cancellationToken) => Races.RetryAsync<DocumentOutcome>(async () =>
        {
            await using var connection = await database.OpenConnectionAsync(cancellationToken);
            await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
            await BuildStore.TakePlanAsync(connection, cancellationToken);
            var present = await ReadAsync(connection, cancellationToken);
            var tag = DocumentView.Of(present).Tag();
            if (!match.Allows(tag))
                return new DocumentOutcome.Changed(tag);
            var changes = DefinitionPlan.Of(present, document, prune);
            var outcome = await new DocumentApplication(connection, document, mark, cancellationToken).RunAsync(changes, silent);
            if (outcome is not DocumentOutcome.Done done)
                return outcome;
            if (onlyTry || changes.Count == 0)
                return done with { BuildId = null, Tag = tag };
            tag = DocumentView.Of(await ReadAsync(connection, cancellationToken)).Tag();
            await transaction.CommitAsync(cancellationToken);
            return done with { Tag = tag };
        });

    private static async Task<DefinitionDocument> ReadAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var batch = new NpgsqlBatch(connection)
        {
            BatchCommands =
            {
                new("""
                    select s.key, s.name, s.purpose, s.tags, s.is_static, v.time_zone, v.condition
                    from segmentation.segments s join segmentation.standing_versions v on v.segment_id = s.id
                    order by s.key
                    """),
                new("select event_type, is_on, contact_field, parameter from segmentation.matching_rules order by event_type"),
            },
        };
        var segments = new List<WrittenSegment>();
        var rules = new List<WrittenRule>();
        await using (var reader = await batch.ExecuteReaderAsync(cancellationToken))
        {
            while (await reader.ReadAsync(cancellationToken))
            {
                var text = SegmentRowStore.Text(reader.GetString(5), reader.IsDBNull(6) ? null : reader.GetString(6));
                segments.Add(new(
                    reader.GetString(0), reader.GetString(1), reader.GetString(2), reader.GetFieldValue<string[]>(3), reader.GetBoolean(4), text, []));
            }

            await reader.NextResultAsync(cancellationToken);
            while (await reader.ReadAsync(cancellationToken))
                rules.Add(new(reader.GetString(0), new(reader.GetBoolean(1), reader.GetString(2), reader.GetString(3))));
        }

        return new(segments, await GroupStore.WantedAsync(connection, cancellationToken), rules);
    }
}
