using System.Collections.Concurrent;
using EventSegmentation.Ingestion.Normalizing;

namespace EventSegmentation.IntegrationTests.Fuzzing;

/// <summary>What the senders were told of their events, to be held against what came out. Safe for concurrent use.</summary>
internal sealed class EventAccount
{
    private readonly ConcurrentDictionary<int, (int Accepted, IReadOnlyList<string>? Ids)> _told = new();
    private readonly ConcurrentDictionary<int, EventInput> _untold = new();
    private long _accepted;

    /// <summary>Events of which a sender was told that they are accepted.</summary>
    public long Accepted => Interlocked.Read(ref _accepted);

    /// <summary>Notes the answer to an input.</summary>
    /// <exception cref="InvalidOperationException">The answer speaks of other events than were sent, or of taking what broke off.</exception>
    public void Note(int number, FuzzRequest request, EventInput input, FuzzAnswer? answer)
    {
        if (request.BreaksOff)
        {
            _told[number] = (0, []);
            if (answer is { Status: 202 })
                throw new InvalidOperationException("A request that broke off was accepted.");
            return;
        }

        // Whoever breaks the connection off may miss the answer to what was taken already, and so which events of it were refused.
        if (answer is null)
        {
            _untold[number] = input;
            return;
        }

        if (answer is not { Status: 202 })
        {
            _told[number] = (0, []);
            return;
        }

        var json = answer.Json;
        if (json.TryGetProperty("eventId", out var id))
        {
            Add(number, 1, input.Marks is [{ } mark] ? [mark] : null);
            if (input.Marks is [{ } given] && id.GetString() != given)
                throw new InvalidOperationException($"The event {given} was accepted as {id}.");
            return;
        }

        var accepted = json.GetProperty("accepted").GetInt32();
        var refused = json.GetProperty("refused").EnumerateArray().Select(one => one.GetProperty("index").GetInt32()).ToHashSet();
        if (input.Marks is { } marks && accepted + refused.Count != marks.Count)
            throw new InvalidOperationException($"Of {marks.Count} events {accepted} were accepted and {refused.Count} refused.");
        var taken = input.Marks?.Where((_, place) => !refused.Contains(place)).ToList();
        Add(number, accepted, taken is null || taken.Contains(null) ? null : [.. taken.OfType<string>()]);
    }

    /// <summary>Where what came out is not what the senders were told; empty if all is well.</summary>
    public IReadOnlyList<string> Differences(PublishedTap tap)
    {
        var differences = new List<string>();
        var byNumber = tap.ById.Where(one => EventMark.NumberOf(one.Key) is not null).ToLookup(one => EventMark.NumberOf(one.Key)!.Value);
        var untold = byNumber.Where(came => _untold.ContainsKey(came.Key)).ToList();
        var (least, most) = (Accepted + untold.Sum(came => came.Count()), Accepted + _untold.Values.Sum(input => input.Marks?.Count ?? IntakeLimits.EventsPerRequest));
        if (tap.Events < least || tap.Events > most)
            differences.Add($"{Accepted} events were accepted, and with those of which nobody was told {least} to {most}; {tap.Events} came out.");
        foreach (var came in byNumber.Where(came => !_told.ContainsKey(came.Key) && !_untold.ContainsKey(came.Key)))
            differences.Add($"Events of input {came.Key} came out, which was not sent.");
        foreach (var came in untold.Where(came => came.Any(one => one.Value != 1)))
            differences.Add($"Of input {came.Key}, which has had no answer, events came out more than once: {string.Join(' ', came)}.");
        foreach (var (number, (accepted, ids)) in _told)
        {
            var came = byNumber[number].ToDictionary();
            if (came.Values.Sum() > accepted || came.Values.Any(times => times != 1) || (ids is not null && !came.Keys.ToHashSet().SetEquals(ids)))
                differences.Add($"Of input {number}, {accepted} events were accepted ({string.Join(' ', ids ?? ["of any id"])}), and these came out: {string.Join(' ', came)}.");
        }

        return differences;
    }

    private void Add(int number, int accepted, IReadOnlyList<string>? ids)
    {
        _told[number] = (accepted, ids);
        Interlocked.Add(ref _accepted, accepted);
    }
}
