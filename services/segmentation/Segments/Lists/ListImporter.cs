using System.IO.Pipelines;
using EventSegmentation.Segmentation.Contacts;
using EventSegmentation.Segmentation.Projection;
using EventSegmentation.Segmentation.Schema;
using Npgsql;

namespace EventSegmentation.Segmentation.Segments.Lists;

/// <summary>
/// Takes uploads of lists as they come: slice by slice, each one transaction with its part of the count, so that an upload
/// that breaks off says how far it came, and the same file can be sent again. A list takes one upload at a time. Live events
/// go first: a slice waits while the work behind the matcher is behind.
/// </summary>
internal sealed class ListImporter(NpgsqlDataSource database, ListEditor editor, ListImportStore imports, BacklogStore backlog, TimeProvider time) : IDisposable
{
    /// <summary>The most lines of one upload.</summary>
    public const int MaxLines = 1_000_000;

    /// <summary>The most lines of one transaction.</summary>
    public const int MaxSlice = 1_000;

    /// <summary>The most uploads at one time.</summary>
    public const int MaxAtOnce = 2;

    /// <summary>The most facts to project, or transitions to publish, at which a further slice is taken.</summary>
    public const long MaxBacklog = 1_000;

    /// <summary>How long a slice waits for its turn at most: then it is taken all the same, so that uploads go on, if slowly, under any load.</summary>
    public static readonly TimeSpan MaxWait = TimeSpan.FromSeconds(30);

    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(20);

    private readonly SemaphoreSlim _places = new(MaxAtOnce);

    /// <summary>Does what an upload asks for. Throws what breaks it off, once that is noted.</summary>
    /// <param name="by">The name of the key that asks.</param>
    public async Task<ListImportOutcome> RunAsync(ListedSegment segment, ListImportMode mode, PipeReader body, string by, CancellationToken cancellationToken)
    {
        if (!await _places.WaitAsync(TimeSpan.Zero, cancellationToken))
            return new ListImportOutcome.Busy();
        try
        {
            await using var holder = await database.OpenConnectionAsync(cancellationToken);
            var name = AdvisoryLocks.ListUpload(segment.Id);
            if (!await AdvisoryLocks.TryHoldAsync(holder, name, cancellationToken))
                return new ListImportOutcome.InUse();
            try
            {
                return await RunAloneAsync(segment, mode, body, by, cancellationToken);
            }
            finally
            {
                await AdvisoryLocks.ReleaseAsync(holder, name, CancellationToken.None);
            }
        }
        finally
        {
            _places.Release();
        }
    }

    public void Dispose() => _places.Dispose();

    private async Task<ListImportOutcome> RunAloneAsync(ListedSegment segment, ListImportMode mode, PipeReader body, string by, CancellationToken cancellationToken)
    {
        var (import, joined) = await imports.BeginAsync(segment, mode, by, Now, cancellationToken);
        var reason = (string?)"The upload broke off.";
        try
        {
            var outcome = await new Run(this, segment, mode, by, import, joined).RunAsync(body, cancellationToken);
            reason = ReasonOf(outcome);
            return outcome;
        }
        finally
        {
            await imports.EndAsync(import, reason, Now, CancellationToken.None);
        }
    }

    private static string? ReasonOf(ListImportOutcome outcome) => outcome switch
    {
        ListImportOutcome.TooLong => $"It has more than {MaxLines} lines.",
        ListImportOutcome.NamesNobody => "It was to replace the list, and no line names a contact.",
        ListImportOutcome.Archived => "The segment was archived.",
        _ => null,
    };

    private async Task TakeTurnAsync(CancellationToken cancellationToken)
    {
        var started = time.GetTimestamp();
        while (time.GetElapsedTime(started) < MaxWait && await backlog.ReadAsync(cancellationToken) > MaxBacklog)
            await Task.Delay(Look, time, cancellationToken);
    }

    private DateTimeOffset Now => time.GetUtcNow().TruncateToMicroseconds();

    private sealed class Run(ListImporter importer, ListedSegment segment, ListImportMode mode, string by, long import, long joined)
    {
        // Contacts, not persons: who is one person is looked at when the others are taken off.
        private readonly HashSet<long> _named = [];
        private IReadOnlyList<string> _kinds = [];
        private long? _sequence;
        private int _kept;

        public async Task<ListImportOutcome> RunAsync(PipeReader body, CancellationToken cancellationToken)
        {
            _kinds = await ListStore.KindsAsync(importer.Database, cancellationToken);
            string? kind = null;
            var (lines, isFirst) = (0, true);
            var slice = new List<ListLine>(MaxSlice);
            await foreach (var line in ListLines.ReadAsync(body, cancellationToken))
            {

                // The kind of all values, if the first line names one; else it is a line like the others.
                if (isFirst)
                    kind = _kinds.FirstOrDefault(one => one.Equals(line.Text, StringComparison.OrdinalIgnoreCase));
                var isHeader = isFirst && kind is not null;
                isFirst = false;
                if (isHeader)
                    continue;
                if (++lines > MaxLines)
                    return await TakeAsync(slice, kind, cancellationToken) ? new ListImportOutcome.TooLong(import) : new ListImportOutcome.Archived(import);

                slice.Add(line);
                if (slice.Count < MaxSlice)
                    continue;
                if (!await TakeAsync(slice, kind, cancellationToken))
                    return new ListImportOutcome.Archived(import);
                slice.Clear();
            }

            if (!await TakeAsync(slice, kind, cancellationToken))
                return new ListImportOutcome.Archived(import);
            if (mode != ListImportMode.Replace)
                return new ListImportOutcome.Done(import, _sequence);
            if (_named.Count == 0)
                return new ListImportOutcome.NamesNobody(import);
            return await TakeOffOthersAsync(cancellationToken) ? new ListImportOutcome.Done(import, _sequence) : new ListImportOutcome.Archived(import);
        }

        // False if the segment is archived: nothing more is done, and nobody who is not named is taken off.
        private async Task<bool> TakeAsync(List<ListLine> slice, string? kind, CancellationToken cancellationToken)
        {
            if (slice.Count == 0)
                return true;
            var wishes = new List<ListWish>(slice.Count);
            var unread = new List<ListRefusal>();
            foreach (var line in slice)
            {
                var (who, reason) = line.Text is not { } text ? (null, line.Reason) : kind is null ? ListItem.Parse(text, _kinds) : ListItem.Of(kind, text);
                if (who is null)
                    unread.Add(new(line.Number, reason));
                else
                    wishes.Add(new(line.Number, who, mode != ListImportMode.Remove));
            }

            await importer.TakeTurnAsync(cancellationToken);
            var outcome = await importer.Editor.ChangeAsync(segment, wishes, by, (connection, outcome) =>
            {
                ListRefusal[] refused = [.. unread.Concat(outcome.Refused).OrderBy(one => one.Place)];
                return ListImportStore.CountAsync(
                    connection, import, slice.Count, outcome, refused.Length, refused.Take(ListImport.MaxRefusals - _kept), cancellationToken);
            }, cancellationToken);
            if (outcome is null)
                return false;
            _kept = Math.Min(ListImport.MaxRefusals, _kept + unread.Count + outcome.Refused.Count);
            _sequence = outcome.Sequence ?? _sequence;
            if (mode == ListImportMode.Replace)
                _named.UnionWith(outcome.Named);
            return true;
        }

        private async Task<bool> TakeOffOthersAsync(CancellationToken cancellationToken)
        {
            var staying = new ListStaying(_named, joined);
            for (var after = 0L; ;)
            {
                var listed = await importer.NextAsync(segment, joined, after, cancellationToken);
                if (listed.Count == 0)
                    return true;
                after = listed.Max();
                ListWish[] gone = [.. listed.Where(contact => !_named.Contains(contact)).Select(contact => new ListWish(0, new(IdentifierKind.ContactId, Streams.StreamId.Of(contact)), Joins: false))];
                if (gone.Length == 0)
                    continue;
                await importer.TakeTurnAsync(cancellationToken);
                var outcome = await importer.Editor.ChangeAsync(segment, gone, by, (connection, outcome) =>
                    ListImportStore.CountAsync(connection, import, 0, outcome with { Unchanged = 0 }, 0, [], cancellationToken), cancellationToken, staying);
                if (outcome is null)
                    return false;
                _sequence = outcome.Sequence ?? _sequence;
            }
        }
    }

    private NpgsqlDataSource Database => database;

    private ListEditor Editor => editor;

    private async Task<HashSet<long>> NextAsync(ListedSegment segment, long joined, long after, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        return await ListStore.NextAsync(connection, segment.Id, joined, after, MaxSlice, cancellationToken);
    }
}
