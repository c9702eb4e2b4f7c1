using EventSegmentation.Access;
using Npgsql;

namespace EventSegmentation.Segmentation;

/// <summary>The settings of this service, section <c>Segmentation</c> (in the environment: <c>Segmentation__Database</c> and so on).</summary>
internal sealed record SegmentationOptions
{
    public const string Section = "Segmentation";

    /// <summary>How to reach PostgreSQL, as an Npgsql connection string. Needed.</summary>
    public string Database { get; init; } = "";

    /// <summary>
    /// The same as the role that owns the database, for bringing its schema forward; the role of <see cref="Database"/> is then given no more than the
    /// rights to rows. Empty, the default, if that role owns it, or if somebody else brings it forward (the command <c>migrate</c>).
    /// </summary>
    public string MigrationDatabase { get; init; } = "";

    /// <summary>How to reach RabbitMQ, as an <c>amqp://</c> or <c>amqps://</c> address with user, password and virtual host. Needed.</summary>
    public string Broker { get; init; } = "";

    /// <summary>Keys that may read, each <c>NAME:sha256:HASH</c>, or in clear <c>NAME:KEY</c> or <c>KEY</c>: 16 characters at least, the name 50 at most.</summary>
    public IReadOnlyList<string> ReadKeys { get; init; } = [];

    /// <summary>Keys that may read and change, in the same form; the name stands on what is changed, <c>admin</c> without one.</summary>
    public IReadOnlyList<string> AdminKeys { get; init; } = [];

    /// <summary>A file of further keys, which is read again when it changes: <see cref="KeyDocument"/>. Empty for none.</summary>
    public string KeysFile { get; init; } = "";

    /// <summary>False lets everybody in who can reach the port. Default true.</summary>
    public bool RequireKey { get; init; } = true;

    /// <summary>Calls per second and key that are let in for long; as many again may come in one burst. 1 to 1,000,000, default 2,000.</summary>
    public int CallsPerSecond { get; init; } = 2_000;

    /// <summary>Connections at one time; a further one is closed at once. 1 to 100,000, default 5,000.</summary>
    public int MaxConnections { get; init; } = 5_000;

    /// <summary>The number of events at which a transaction of the matcher is full. 1 to 10,000, default 1,000.</summary>
    public int AppendBatch { get; init; } = 1_000;

    /// <summary>The most events that one transaction of the projector takes. 1 to 10,000, default 1,000.</summary>
    public int ProjectionBatch { get; init; } = 1_000;

    /// <summary>The most contacts that one transaction of the clock or of a build takes. 1 to 10,000, default 500.</summary>
    public int ContactBatch { get; init; } = 500;

    /// <summary>The longest time between two looks for work when nothing announces any. 10 ms to 10 s, default 250 ms.</summary>
    public TimeSpan Poll { get; init; } = TimeSpan.FromMilliseconds(250);

    /// <summary>How long the event history keeps unassigned and refused events after they were received. 1 hour to 3,650 days, default 90 days.</summary>
    public TimeSpan EventHistoryRetention { get; init; } = TimeSpan.FromDays(90);

    /// <summary>The most events that one preview, dry run or audit reads. 1,000 to 1,000,000,000, default 20,000,000.</summary>
    public long InsightEvents { get; init; } = 20_000_000;

    /// <summary>The longest that one preview, dry run, audit, explanation, growth or list of members at an instant takes. 1 s to 1 h, default 60 s.</summary>
    public TimeSpan InsightTime { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>How many previews, dry runs and audits run at one time. 1 to 16, default 2.</summary>
    public int InsightCalls { get; init; } = 2;

    /// <summary>How many explanations, growths and lists of members at an instant run at one time. 1 to 64, default 4.</summary>
    public int InsightLookups { get; init; } = 4;

    /// <summary>Who may call.</summary>
    internal AccessSettings Access => new(
        Section,
        RequireKey,
        [new(nameof(ReadKeys), KeyScope.Read, "reader", ReadKeys), new(nameof(AdminKeys), KeyScope.Admin, "admin", AdminKeys)],
        KeysFile,
        KeyScope.Admin,
        CallsPerSecond);

    /// <summary>Reads and checks the settings.</summary>
    /// <exception cref="WrongSettingException">One or more are wrong; the message names each and the way out.</exception>
    public static SegmentationOptions Read(IConfiguration configuration)
    {
        SegmentationOptions options;
        try
        {
            options = configuration.GetSection(Section).Get<SegmentationOptions>(binder => binder.ErrorOnUnknownConfiguration = true) ?? new();
        }
        catch (InvalidOperationException exception)
        {
            throw new WrongSettingException(exception.Message);
        }

        return options.Problems().ToArray() is { Length: > 0 } problems ? throw new WrongSettingException(string.Join(Environment.NewLine, problems)) : options;
    }

    /// <summary>What is wrong with these settings, each with the name and the way out; empty if nothing is.</summary>
    public IEnumerable<string> Problems()
    {
        if (string.IsNullOrWhiteSpace(Database))
            yield return "Segmentation:Database is missing; set it to an Npgsql connection string such as Host=127.0.0.1;Database=segmentation;Username=…;Password=….";
        if (MigrationDatabase.Length > 0 && string.IsNullOrEmpty(new NpgsqlConnectionStringBuilder(Database).Username))
            yield return "Segmentation:Database names no role; add Username=…: it is the one that the owner, Segmentation:MigrationDatabase, gives its rights.";
        if (!Uri.TryCreate(Broker, UriKind.Absolute, out var broker) || broker.Scheme is not ("amqp" or "amqps"))
            yield return "Segmentation:Broker is no amqp:// or amqps:// address; set it to one such as amqp://user:password@127.0.0.1:5672/vhost.";
        foreach (var problem in Access.Problems())
            yield return problem;
        if (CallsPerSecond is < 1 or > 1_000_000)
            yield return $"Segmentation:CallsPerSecond is {CallsPerSecond}; it must be from 1 to 1000000.";
        if (MaxConnections is < 1 or > 100_000)
            yield return $"Segmentation:MaxConnections is {MaxConnections}; it must be from 1 to 100000.";
        if (AppendBatch is < 1 or > MaxBatch)
            yield return $"Segmentation:AppendBatch is {AppendBatch}; it must be from 1 to {MaxBatch}.";
        if (ProjectionBatch is < 1 or > MaxBatch)
            yield return $"Segmentation:ProjectionBatch is {ProjectionBatch}; it must be from 1 to {MaxBatch}.";
        if (ContactBatch is < 1 or > MaxBatch)
            yield return $"Segmentation:ContactBatch is {ContactBatch}; it must be from 1 to {MaxBatch}.";
        if (Poll < TimeSpan.FromMilliseconds(10) || Poll > TimeSpan.FromSeconds(10))
            yield return $"Segmentation:Poll is {Poll}; it must be from 10 ms to 10 s.";
        if (EventHistoryRetention < TimeSpan.FromHours(1) || EventHistoryRetention > TimeSpan.FromDays(3_650))
            yield return $"Segmentation:EventHistoryRetention is {EventHistoryRetention}; it must be from 1 hour to 3,650 days, such as 90.00:00:00 for 90 days.";
        if (InsightEvents is < 1_000 or > 1_000_000_000)
            yield return $"Segmentation:InsightEvents is {InsightEvents}; it must be from 1000 to 1000000000.";
        if (InsightTime < TimeSpan.FromSeconds(1) || InsightTime > TimeSpan.FromHours(1))
            yield return $"Segmentation:InsightTime is {InsightTime}; it must be from 1 s to 1 h, such as 00:01:00 for a minute.";
        if (InsightCalls is < 1 or > 16)
            yield return $"Segmentation:InsightCalls is {InsightCalls}; it must be from 1 to 16.";
        if (InsightLookups is < 1 or > 64)
            yield return $"Segmentation:InsightLookups is {InsightLookups}; it must be from 1 to 64.";
    }

    private const int MaxBatch = 10_000;
}

/// <summary>The service cannot start with its settings.</summary>
internal sealed class WrongSettingException(string message) : Exception(message);
