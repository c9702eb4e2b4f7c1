namespace EventSegmentation.Evaluation.Calendar;

/// <summary>The IANA names this machine knows, for suggestions.</summary>
internal static class ZoneNames
{
    private static readonly Lazy<string[]> Names = new(() => [.. TimeZoneInfo.GetSystemTimeZones().Select(zone => zone.Id)]);

    public static IReadOnlyList<string> All => Names.Value;
}
