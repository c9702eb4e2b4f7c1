using EventSegmentation.Contracts;

namespace EventSegmentation.Ingestion;

/// <summary>Reads and checks <see cref="IngestionOptions"/>.</summary>
internal static class IngestionSettings
{
    /// <exception cref="WrongSettingException">A setting is missing, unknown, or out of its range.</exception>
    public static IngestionOptions Read(IConfiguration configuration)
    {
        IngestionOptions options;
        try
        {
            options = configuration.GetSection(IngestionOptions.Section)
                .Get<IngestionOptions>(binder => binder.ErrorOnUnknownConfiguration = true) ?? new IngestionOptions();
        }
        catch (InvalidOperationException wrong)
        {
            throw new WrongSettingException($"Section {IngestionOptions.Section}: {wrong.Message}");
        }

        return FirstFault(options) is { } fault ? throw new WrongSettingException($"{IngestionOptions.Section}:{fault}") : options;
    }

    private static string? FirstFault(IngestionOptions options) =>
        BrokerFault(options.Broker)
        ?? options.Access.Problems().FirstOrDefault()?[(IngestionOptions.Section.Length + 1)..]
        ?? Range(nameof(options.RequestsPerSecond), options.RequestsPerSecond, 1, 1_000_000)
        ?? Range(nameof(options.MaxConnections), options.MaxConnections, 1, 100_000)
        ?? Range(nameof(options.GatherWindow), options.GatherWindow, TimeSpan.Zero, TimeSpan.FromSeconds(1))
        ?? Range(nameof(options.MaxBatch), options.MaxBatch, 1, EventsNormalized.MaxEvents)
        ?? Range(nameof(options.MaxBatchBytes), options.MaxBatchBytes, 1024, 10 * 1024 * 1024)
        ?? Range(nameof(options.MaxInFlight), options.MaxInFlight, 1, 64)
        ?? Range(nameof(options.MaxWaitingEvents), options.MaxWaitingEvents, EventsNormalized.MaxEvents, 1_000_000)
        ?? Range(nameof(options.MaxWaitingBytes), options.MaxWaitingBytes, 16L * 1024 * 1024, 4L * 1024 * 1024 * 1024)
        ?? Range(nameof(options.ConfirmTimeout), options.ConfirmTimeout, TimeSpan.FromMilliseconds(100), TimeSpan.FromMinutes(1))
        ?? Range(nameof(options.BreakDuration), options.BreakDuration, TimeSpan.FromMilliseconds(500), TimeSpan.FromMinutes(1))
        ?? Range(nameof(options.Prefetch), options.Prefetch, 1, 1_000)
        ?? Range(nameof(options.RetryDelay), options.RetryDelay, TimeSpan.FromMilliseconds(100), TimeSpan.FromMinutes(1))
        ?? Range(nameof(options.StopTimeout), options.StopTimeout, TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(5));

    // The address carries a password, so it is never quoted.
    private static string? BrokerFault(string broker)
    {
        const string fix = "Set Ingestion__Broker to amqp://user:password@host:port/vhost (or amqps://).";
        if (broker.Length == 0)
            return $"Broker is missing. {fix}";
        if (!Uri.TryCreate(broker, UriKind.Absolute, out var address) || address.Scheme is not ("amqp" or "amqps") || address.Host.Length == 0)
            return $"Broker is not an AMQP address. {fix}";
        return address.Segments.Length > 2 ? $"Broker names a path of several parts; a virtual host is one. {fix}" : null;
    }

    private static string? Range<T>(string name, T value, T least, T most)
        where T : IComparable<T> =>
        value.CompareTo(least) < 0 || value.CompareTo(most) > 0
            ? $"{name} is {value}; set it to {least} at least and {most} at most."
            : null;
}

/// <summary>The service cannot start with these settings. The message names the setting and the fix, on one line, without secrets.</summary>
internal sealed class WrongSettingException(string message) : Exception(message);
