using System.Text;

namespace EventSegmentation.IntegrationTests.Fuzzing;

/// <summary>A message as it lies in a queue.</summary>
/// <param name="Properties">The flags of the header frame and what follows them.</param>
internal sealed record RawMessage(byte[] Properties, byte[] Body)
{
    public string Text => Encoding.UTF8.GetString(Body);

    /// <summary>True if these bytes are somewhere in the properties.</summary>
    public bool Has(ReadOnlySpan<byte> bytes) => Properties.AsSpan().IndexOf(bytes) >= 0;
}
