using System.Text.Json;
using System.Text.Json.Serialization;

namespace EventSegmentation.Segmentation.Streams;

/// <summary>The facts of a contact's stream. Property names are part of the stored form: they are read by other programs.</summary>
internal abstract record StreamEvent
{
    /// <summary>The alias by which readers know the type of the event.</summary>
    public abstract string Alias { get; }
}

/// <summary>The first event of every stream.</summary>
internal sealed record ContactCreated(string Source, IReadOnlyList<StreamIdentifier> Identifiers) : StreamEvent
{
    public const string TypeAlias = "contact_created";

    [JsonIgnore]
    public override string Alias => TypeAlias;
}

/// <summary>A user's event, as it was accepted. Whether it counts was decided when it was recorded.</summary>
internal sealed record EventRecorded(
    string EventId,
    string EventType,
    string? KeyValue,
    DateTimeOffset OccurredAt,
    DateTimeOffset ReceivedAt,
    bool Counts,
    bool Import,
    JsonElement Params,
    string? TraceParent) : StreamEvent
{
    public const string TypeAlias = "event_recorded";

    [JsonIgnore]
    public override string Alias => TypeAlias;
}

/// <summary>An event brought identifiers that the contact lacked.</summary>
internal sealed record IdentifiersLinked(string EventId, IReadOnlyList<StreamIdentifier> Identifiers) : StreamEvent
{
    public const string TypeAlias = "identifiers_linked";

    [JsonIgnore]
    public override string Alias => TypeAlias;
}

/// <summary>An event named an identifier that belongs to another contact; it was left where it is.</summary>
internal sealed record IdentityConflictFound(string EventId, string Kind, string Value, string OtherContactId) : StreamEvent
{
    public const string TypeAlias = "identity_conflict_found";

    [JsonIgnore]
    public override string Alias => TypeAlias;
}

/// <summary>Somebody changed the card.</summary>
/// <param name="By">The name of the key that asked.</param>
/// <param name="Fields">The additional fields that changed, a JSON object: the new value, or null for one that was removed.</param>
/// <param name="Added">Identifiers that the contact gained; they go after those it kept.</param>
/// <param name="Removed">Identifiers that it lost, as they stood on the card; a value that is replaced is in both lists.</param>
internal sealed record ContactEdited(
    string By, JsonElement Fields, IReadOnlyList<StreamIdentifier> Added, IReadOnlyList<StreamIdentifier> Removed) : StreamEvent
{
    public const string TypeAlias = "contact_edited";

    [JsonIgnore]
    public override string Alias => TypeAlias;

    /// <summary>The additional fields after the edit.</summary>
    public JsonElement FieldsAfter(JsonElement before) => FieldsMerge.Of(before, Fields);

    /// <summary>The identifiers after the edit.</summary>
    public IEnumerable<StreamIdentifier> IdentifiersAfter(IEnumerable<StreamIdentifier> before) => [.. before.Except(Removed), .. Added];
}

/// <summary>The person's data was erased: of the facts before this one only their places in the stream remain.</summary>
/// <param name="By">The name of the key that asked.</param>
internal sealed record ContactErased(string By) : StreamEvent
{
    public const string TypeAlias = "contact_erased";

    [JsonIgnore]
    public override string Alias => TypeAlias;
}

/// <summary>
/// Events of this contact named a person whose data was erased: their parameters have null in place of what named the
/// person. Whatever was made from them must be made again.
/// </summary>
/// <param name="By">The name of the key that asked for the erasure.</param>
internal sealed record EventsScrubbed(string By, IReadOnlyList<string> EventIds) : StreamEvent
{
    public const string TypeAlias = "events_scrubbed";

    [JsonIgnore]
    public override string Alias => TypeAlias;
}

/// <summary>What is left of a fact whose content was erased: its place in the stream, and its id, by which it is known when it comes again.</summary>
internal sealed record ErasedFact : StreamEvent
{
    public const string TypeAlias = "erased_fact";

    [JsonIgnore]
    public override string Alias => TypeAlias;
}

/// <summary>This contact was merged into another; what is made from its stream is the other's from here on.</summary>
/// <param name="By">The name of the key that asked for it.</param>
/// <param name="Into">The other contact's id.</param>
internal sealed record ContactMergedInto(string By, string Into) : StreamEvent
{
    public const string TypeAlias = "contact_merged_into";

    [JsonIgnore]
    public override string Alias => TypeAlias;
}

/// <summary>Another contact was merged into this one.</summary>
/// <param name="By">The name of the key that asked for it.</param>
/// <param name="From">The other contact's id.</param>
internal sealed record ContactMerged(string By, string From) : StreamEvent
{
    public const string TypeAlias = "contact_merged";

    [JsonIgnore]
    public override string Alias => TypeAlias;
}

/// <summary>This contact was given back by the one it was merged into.</summary>
/// <param name="By">The name of the key that asked for it.</param>
/// <param name="From">The other contact's id.</param>
internal sealed record ContactUnmerged(string By, string From) : StreamEvent
{
    public const string TypeAlias = "contact_unmerged";

    [JsonIgnore]
    public override string Alias => TypeAlias;
}

/// <summary>This contact gave back one that was merged into it.</summary>
/// <param name="By">The name of the key that asked for it.</param>
/// <param name="Contact">The other contact's id.</param>
internal sealed record ContactSplit(string By, string Contact) : StreamEvent
{
    public const string TypeAlias = "contact_split";

    [JsonIgnore]
    public override string Alias => TypeAlias;
}

/// <summary>Somebody put the contact on the list of a static segment.</summary>
/// <param name="By">The name of the key that asked for it.</param>
/// <param name="Segment">The segment's key.</param>
internal sealed record ListJoined(string By, string Segment) : StreamEvent
{
    public const string TypeAlias = "list_joined";

    [JsonIgnore]
    public override string Alias => TypeAlias;
}

/// <summary>Somebody took the contact off the list of a static segment.</summary>
/// <param name="By">The name of the key that asked for it.</param>
/// <param name="Segment">The segment's key.</param>
internal sealed record ListLeft(string By, string Segment) : StreamEvent
{
    public const string TypeAlias = "list_left";

    [JsonIgnore]
    public override string Alias => TypeAlias;
}

/// <summary>A fact under one of our names that cannot be read, such as another program's mistake. Nothing follows from it.</summary>
internal sealed record UnreadableFact : StreamEvent
{
    [JsonIgnore]
    public override string Alias => throw new NotSupportedException("An unreadable fact is not written.");
}

/// <summary>An identifier as the stream keeps it.</summary>
internal sealed record StreamIdentifier(string Kind, string Value);

[JsonSourceGenerationOptions(DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(ContactCreated))]
[JsonSerializable(typeof(EventRecorded))]
[JsonSerializable(typeof(IdentifiersLinked))]
[JsonSerializable(typeof(IdentityConflictFound))]
[JsonSerializable(typeof(ContactMergedInto))]
[JsonSerializable(typeof(ContactMerged))]
[JsonSerializable(typeof(ContactUnmerged))]
[JsonSerializable(typeof(ContactSplit))]
[JsonSerializable(typeof(ContactEdited))]
[JsonSerializable(typeof(ContactErased))]
[JsonSerializable(typeof(EventsScrubbed))]
[JsonSerializable(typeof(ListJoined))]
[JsonSerializable(typeof(ListLeft))]
internal sealed partial class StreamJson : JsonSerializerContext;

/// <summary>Turns facts into their stored form and back.</summary>
internal static class StreamFacts
{
    /// <summary>The stored form of a fact, UTF-8.</summary>
    public static byte[] Write(StreamEvent fact) => JsonSerializer.SerializeToUtf8Bytes(fact, fact.GetType(), StreamJson.Default);

    /// <summary>Reads a fact back; null for an alias that this version does not know, such as another program's.</summary>
    public static StreamEvent? Read(string alias, ReadOnlySpan<byte> data)
    {
        try
        {
            return Deserialize(alias, data);
        }
        catch (JsonException)
        {
            return new UnreadableFact();
        }
    }

    private static StreamEvent? Deserialize(string alias, ReadOnlySpan<byte> data) => alias switch
    {
        EventRecorded.TypeAlias => JsonSerializer.Deserialize(data, StreamJson.Default.EventRecorded),
        ContactCreated.TypeAlias => JsonSerializer.Deserialize(data, StreamJson.Default.ContactCreated),
        IdentifiersLinked.TypeAlias => JsonSerializer.Deserialize(data, StreamJson.Default.IdentifiersLinked),
        IdentityConflictFound.TypeAlias => JsonSerializer.Deserialize(data, StreamJson.Default.IdentityConflictFound),
        ContactMergedInto.TypeAlias => JsonSerializer.Deserialize(data, StreamJson.Default.ContactMergedInto),
        ContactMerged.TypeAlias => JsonSerializer.Deserialize(data, StreamJson.Default.ContactMerged),
        ContactUnmerged.TypeAlias => JsonSerializer.Deserialize(data, StreamJson.Default.ContactUnmerged),
        ContactSplit.TypeAlias => JsonSerializer.Deserialize(data, StreamJson.Default.ContactSplit),
        ContactEdited.TypeAlias => JsonSerializer.Deserialize(data, StreamJson.Default.ContactEdited),
        ContactErased.TypeAlias => JsonSerializer.Deserialize(data, StreamJson.Default.ContactErased),
        EventsScrubbed.TypeAlias => JsonSerializer.Deserialize(data, StreamJson.Default.EventsScrubbed),
        ListJoined.TypeAlias => JsonSerializer.Deserialize(data, StreamJson.Default.ListJoined),
        ListLeft.TypeAlias => JsonSerializer.Deserialize(data, StreamJson.Default.ListLeft),
        ErasedFact.TypeAlias => new ErasedFact(),
        _ => null,
    };
}
