using System.IO.Pipelines;
using EventSegmentation.Segmentation.Contacts;
using Npgsql;

namespace EventSegmentation.Segmentation.Segments.Lists;

/// <summary>How an upload ended.</summary>
internal abstract record ListImportOutcome
{
    /// <param name="Sequence">The sequence of the last fact; null if nothing was to be done.</param>
    public sealed record Done(long Import, long? Sequence) : ListImportOutcome;

    /// <summary>It has more than <see cref="ListImporter.MaxLines"/> lines; so many are done.</summary>
    public sealed record TooLong(long Import) : ListImportOutcome;

    /// <summary>It was to replace the list and names no contact at all.</summary>
    public sealed record NamesNobody(long Import) : ListImportOutcome;

    /// <summary>As many uploads run as may at one time.</summary>
    public sealed record Busy : ListImportOutcome;
}

/// <summary>
/// Takes uploads of lists as they come: slice by slice, each one transaction with its part of the count, so that an upload
/// that breaks off says how far it came, and the same file can be sent again.
/// </summary>
internal sealed class ListImporter(NpgsqlDataSource database, ListEditor editor, ListImportStore imports, TimeProvider time) : IDisposable
{
    /// <summary>The most lines of one upload.</summary>
    public const int MaxLines = 1_000_000;

    /// <summary>The most lines of one transaction.</summary>
    public const int MaxSlice = 1_000;

    /// <summary>The most uploads at one time.</summary>
    public const int MaxAtOnce = 2;

    private readonly SemaphoreSlim _places = new(MaxAtOnce);

    /// <summary>Does what an upload asks for. Throws what breaks it off, once that is noted.</summary>
    /// <param name="by">The name of the key that asks.</param>
    public async Task<ListImportOutcome> RunAsync(ListedSegment segment, ListImportMode mode, PipeReader body, string by, CancellationToken cancellationToken)
    {
        if (!await _places.WaitAsync(TimeSpan.Zero, cancellationToken))
            return new ListImportOutcome.Busy();
        try
        {
            var import = await imports.BeginAsync(segment, mode, by, Now, cancellationToken);
            var state = ListImport.Broken;
            try
            {
                var outcome = await new Run(this, segment, mode, by, import).RunAsync(body, cancellationToken);
                state = outcome is ListImportOutcome.Done ? ListImport.Done : ListImport.Broken;
                return outcome;
            }
            finally
            {
                await imports.EndAsync(import, state, Now, CancellationToken.None);
            }
        }
        finally
        {
            _places.Release();
        }
    }

    public void Dispose() => _places.Dispose();

    private DateTimeOffset Now => time.GetUtcNow().TruncateToMicroseconds();

    private sealed class Run(ListImporter importer, ListedSegment segment, ListImportMode mode, string by, long import)
    {
        // Whoever is named stays when the rest is taken off; a person by the contact that stands for it.
        private readonly HashSet<long> _stays = [];
        private long? _sequence;
        private int _kept;

        public async Task<ListImportOutcome> RunAsync(PipeReader body, CancellationToken cancellationToken)
        {
            string? kind = null;
            var (lines, isFirst) = (0, true);
            var slice = new List<ListLine>(MaxSlice);
            await foreach (var line in ListLines.ReadAsync(body, cancellationToken))
            {
                if (isFirst && line.Text is { } header)
                    kind = await KindAsync(header, cancellationToken);
                var isHeader = isFirst && kind is not null;
                isFirst = false;
                if (isHeader)
                    continue;
                if (++lines > MaxLines)
                {
                    await TakeAsync(slice, kind, cancellationToken);
                    return new ListImportOutcome.TooLong(import);
                }

                slice.Add(line);
                if (slice.Count < MaxSlice)
                    continue;
                await TakeAsync(slice, kind, cancellationToken);
                slice.Clear();
            }

            await TakeAsync(slice, kind, cancellationToken);
            if (mode != ListImportMode.Replace)
                return new ListImportOutcome.Done(import, _sequence);
            if (_stays.Count == 0)
                return new ListImportOutcome.NamesNobody(import);
            await TakeOffOthersAsync(cancellationToken);
            return new ListImportOutcome.Done(import, _sequence);
        }

        /// <summary>The kind of all values, if the first line names one; null if it is a line like the others.</summary>
        private async Task<string?> KindAsync(string header, CancellationToken cancellationToken) =>
            IdentifierKind.BuiltIn.Concat(await ListStore.IdentifyingFieldsAsync(importer.Database, cancellationToken))
                .FirstOrDefault(kind => kind.Equals(header, StringComparison.OrdinalIgnoreCase));

        private async Task TakeAsync(List<ListLine> slice, string? kind, CancellationToken cancellationToken)
        {
            if (slice.Count == 0)
                return;
            var wishes = new List<ListWish>(slice.Count);
            var unread = new List<ListRefusal>();
            foreach (var line in slice)
            {
                var (who, reason) = line.Text is not { } text ? (null, line.Reason) : kind is null ? ListItem.Parse(text) : ListItem.Of(kind, text);
                if (who is null)
                    unread.Add(new(line.Number, reason));
                else
                    wishes.Add(new(line.Number, who, mode != ListImportMode.Remove));
            }

            var outcome = await importer.Editor.ChangeAsync(segment, wishes, by, (connection, outcome) =>
            {
                ListRefusal[] refused = [.. unread.Concat(outcome.Refused).OrderBy(one => one.Place)];
                return ListImportStore.CountAsync(
                    connection, import, slice.Count, outcome, refused.Length, refused.Take(ListImport.MaxRefusals - _kept), cancellationToken);
            }, cancellationToken);
            _kept = Math.Min(ListImport.MaxRefusals, _kept + unread.Count + outcome.Refused.Count);
            _sequence = outcome.Sequence ?? _sequence;
            if (mode == ListImportMode.Replace)
                _stays.UnionWith((await PersonsAsync(outcome.Named, cancellationToken)).Select(one => one.Root));
        }

        private async Task TakeOffOthersAsync(CancellationToken cancellationToken)
        {
            for (var after = 0L; ;)
            {
                var listed = await importer.NextAsync(segment, after, cancellationToken);
                if (listed.Count == 0)
                    return;
                after = listed.Max();
                ListWish[] gone =
                [
                    .. (await PersonsAsync(listed, cancellationToken)).Where(one => !_stays.Contains(one.Root))
                        .Select(one => new ListWish(0, new(IdentifierKind.ContactId, Streams.StreamId.Of(one.Contact)), Joins: false)),
                ];
                if (gone.Length == 0)
                    continue;
                var outcome = await importer.Editor.ChangeAsync(segment, gone, by, (connection, outcome) =>
                    ListImportStore.CountAsync(connection, import, 0, outcome with { Unchanged = 0 }, 0, [], cancellationToken), cancellationToken);
                _sequence = outcome.Sequence ?? _sequence;
            }
        }

        private async Task<IEnumerable<(long Contact, long Root)>> PersonsAsync(IReadOnlyCollection<long> contacts, CancellationToken cancellationToken)
        {
            await using var connection = await importer.Database.OpenConnectionAsync(cancellationToken);
            var tree = await PersonStore.ReadAsync(connection, [.. contacts], cancellationToken);
            return contacts.Select(contact => (contact, tree.Root(contact)));
        }
    }

    private NpgsqlDataSource Database => database;

    private ListEditor Editor => editor;

    private async Task<HashSet<long>> NextAsync(ListedSegment segment, long after, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        return await ListStore.NextAsync(connection, segment.Id, after, MaxSlice, cancellationToken);
    }
}
