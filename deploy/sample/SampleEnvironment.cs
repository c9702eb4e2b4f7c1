namespace EventSegmentation.Sample;

/// <summary>Where the product is, and the keys to it.</summary>
internal sealed record SampleEnvironment(Uri Ingestion, Uri Segmentation, Uri Broker, string WriteKey, string ReadKey, string AdminKey)
{
    /// <param name="variable">The value of an environment variable, or null.</param>
    /// <exception cref="SampleFault">A variable is missing or wrong.</exception>
    public static SampleEnvironment Read(Func<string, string?> variable)
    {
        return new(
            Address("INGESTION_URL", "http", "https"), Address("SEGMENTATION_URL", "http", "https"), Address("AMQP_URL", "amqp", "amqps"),
            Text("WRITE_KEY"), Text("READ_KEY"), Text("ADMIN_KEY"));

        string Text(string name) => variable(name) is { Length: > 0 } value
            ? value
            : throw new SampleFault($"{name} is not set. `make run` starts everything and sets it;\nby hand: make up, then set -a; . .run/endpoints.env; . .run/keys.env; set +a");

        // The value may hold a password, so the message does not.
        Uri Address(string name, params ReadOnlySpan<string> schemes) =>
            Uri.TryCreate(Text(name), UriKind.Absolute, out var address) && schemes.Contains(address.Scheme)
                ? address
                : throw new SampleFault($"{name} is not an address that begins with {schemes[0]}://. `make up` writes a right one to .run/endpoints.env.");
    }
}
