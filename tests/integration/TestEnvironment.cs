namespace EventSegmentation.IntegrationTests;

/// <summary>Where the tests' own servers are. <c>make test</c> starts them and sets the variables.</summary>
internal static class TestEnvironment
{
    /// <summary>An Npgsql connection string of a role that may create databases.</summary>
    public static string Database => Variable("TEST_DATABASE");

    /// <summary>The same server, as a role that owns nothing.</summary>
    public static string RunningDatabase => Variable("TEST_RUNNING_DATABASE");

    /// <summary>The broker, by an administrator of it.</summary>
    public static Uri Broker => new(Variable("TEST_AMQP"));

    /// <summary>The broker's management interface, by an administrator of it.</summary>
    public static Uri BrokerManagement => new(Variable("TEST_BROKER_MANAGEMENT"));

    /// <summary>Where the broker serves its metrics to Prometheus.</summary>
    public static Uri BrokerMetrics => new(Variable("TEST_BROKER_METRICS"));

    /// <summary>The directory of PostgreSQL's programs, of the server's version.</summary>
    public static string PostgresPrograms => Variable("TEST_POSTGRES_BIN");

    /// <summary>The program that stops and starts these servers.</summary>
    public static string Servers => Variable("TEST_SERVERS");

    /// <summary>A Python that can import pika.</summary>
    public static string Python => Variable("TEST_PYTHON");

    private static string Variable(string name) => Environment.GetEnvironmentVariable(name) is { Length: > 0 } value
        ? value
        : throw new InvalidOperationException($"{name} is not set. These tests need real servers: run them by 'make test'.");
}
