using EventSegmentation.Ingestion;
using Microsoft.Extensions.Configuration;

namespace EventSegmentation.UnitTests.Ingestion;

public sealed class IngestionSettingsTests
{
    private const string Broker = "Broker=amqp://user:secret@127.0.0.1:5672/v";
    private const string Key = "WriteKeys:0=0123456789abcdef";

    [Fact]
    public void A_broker_and_a_key_are_enough()
    {
        var options = Read(Broker, Key);

        options.WriteKeys.Should().Equal("0123456789abcdef");
        options.RequireKey.Should().BeTrue();
        options.MaxBatch.Should().Be(500);
    }

    [Fact]
    public void Without_keys_everybody_may_send_if_that_is_asked_for() => Read(Broker, "RequireKey=false").WriteKeys.Should().BeEmpty();

    [Theory]
    [InlineData("Broker=", "Ingestion:Broker is missing. Set Ingestion__Broker to *")]
    [InlineData("Broker=http://127.0.0.1", "Ingestion:Broker is not an AMQP address. *")]
    [InlineData("Broker=amqp://127.0.0.1/a/b", "Ingestion:Broker names a path of several parts*")]
    [InlineData("WriteKeys:0=", "Ingestion:WriteKeys:0 is a key of fewer than 16 characters*")]
    [InlineData("WriteKeys:0=0123456789abcde", "Ingestion:WriteKeys:0 is a key of fewer than 16 characters*")]
    [InlineData("WriteKeys:0=0123456789 abcdef", "Ingestion:WriteKeys:0 has characters that are not visible ASCII*")]
    [InlineData("WriteKeys:0=0123456789:abcdef", "Ingestion:WriteKeys:0 is a key of fewer than 16 characters*")]
    [InlineData("MaxConnections=0", "Ingestion:MaxConnections is 0; *")]
    [InlineData("MaxBatch=501", "Ingestion:MaxBatch is 501; set it to 1 at least and 500 at most.")]
    [InlineData("GatherWindow=00:00:02", "Ingestion:GatherWindow is 00:00:02; set it to 00:00:00 at least and 00:00:01 at most.")]
    [InlineData("Prefetch=0", "Ingestion:Prefetch is 0; *")]
    [InlineData("MaxBatch=many", "Section Ingestion: *'many'*'Ingestion:MaxBatch'*")]
    [InlineData("Brokr=x", "Section Ingestion: *'Brokr'*")]
    public void A_wrong_setting_names_itself_and_the_fix(string setting, string message) =>
        FluentActions.Invoking(() => Read(Broker, Key, setting)).Should().Throw<WrongSettingException>().WithMessage(message)
            .Which.Message.Should().NotContain("\n").And.NotContain("secret");

    [Fact]
    public void Missing_keys_name_both_ways_out() =>
        FluentActions.Invoking(() => Read(Broker)).Should().Throw<WrongSettingException>()
            .WithMessage("Ingestion:WriteKeys is empty. Set Ingestion__WriteKeys__0 *Ingestion__RequireKey=false*");

    private static IngestionOptions Read(params string[] settings) => IngestionSettings.Read(new ConfigurationBuilder()
        .AddInMemoryCollection(settings.Select(setting => setting.Split('=', 2))
            .GroupBy(pair => pair[0], pair => pair[1])
            .Select(group => KeyValuePair.Create($"Ingestion:{group.Key}", (string?)group.Last())))
        .Build());
}
