namespace EventSegmentation.Segmentation.Contacts.Fields;

/// <summary>What became of a field that was to be set or deleted.</summary>
internal abstract record FieldChange
{
    public sealed record Done(ContactField Field) : FieldChange;

    public sealed record Unknown : FieldChange;

    /// <summary>There are as many fields as there may be.</summary>
    public sealed record TooMany : FieldChange;

    /// <summary>The field is the system's own.</summary>
    public sealed record Fixed : FieldChange;

    /// <summary>The field identifies contacts, which its new type cannot.</summary>
    public sealed record Identifies : FieldChange;

    /// <summary>Contacts hold values of it that stand in the way; at most <see cref="MaxNamed"/> are named.</summary>
    public sealed record Held(IReadOnlyList<long> Contacts) : FieldChange
    {
        public const int MaxNamed = 5;
    }

    /// <summary>A matching rule names it.</summary>
    /// <param name="EventType">The event type of the rule; empty for the installation's.</param>
    public sealed record NamedByRule(string EventType) : FieldChange;
}
