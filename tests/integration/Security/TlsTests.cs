using System.Net;
using EventSegmentation.IntegrationTests.Broker;
using EventSegmentation.IntegrationTests.Database;
using EventSegmentation.IntegrationTests.EndToEnd;
using Npgsql;

namespace EventSegmentation.IntegrationTests.Security;

/// <summary>Every line of both services by TLS: HTTPS with a certificate of a file, AMQPS, and PostgreSQL.</summary>
public sealed class TlsTests(TestVhost vhost) : IClassFixture<TestVhost>
{
    private const string Host = "localhost";

    [Fact]
    public async Task Both_services_work_with_TLS_on_every_line()
    {
        using var certificate = new TestCertificate(Host);
        using var served = new TestCertificate("127.0.0.1");
        await using var database = await TestDatabase.CreateAsync();
        await using var broker = new TlsProxy(vhost.Amqp.Host, vhost.Amqp.Port, certificate);
        var plain = new NpgsqlConnectionStringBuilder(database.ConnectionString);
        await using var postgres = new TlsProxy(plain.Host!, plain.Port, certificate, isPostgres: true);
        var settings = Settings(broker, certificate, served);
        settings["Segmentation__Database"] = new NpgsqlConnectionStringBuilder(database.ConnectionString)
        {
            Host = Host,
            Port = postgres.Port,
            SslMode = SslMode.VerifyFull,
            RootCertificate = certificate.CertificateFile,
        }.ToString();

        await using var ingestion = await ServiceProcess.StartAsync("ingestion", settings, served);
        await using var segmentation = await ServiceProcess.StartAsync("segmentation", settings, served);

        using var api = segmentation.Client();
        api.DefaultRequestHeaders.Authorization = new("Bearer", TestSystem.AdminKey);
        (await api.GetAsync("/api/segments")).StatusCode.Should().Be(HttpStatusCode.OK);
        broker.Bytes.Should().BePositive();
        postgres.Bytes.Should().BePositive();
    }

    // The client of the broker by itself takes any trusted certificate, whomever it is for.
    [Theory]
    [InlineData("ingestion")]
    [InlineData("segmentation")]
    public async Task A_broker_with_the_certificate_of_another_is_told_nothing(string service)
    {
        using var certificate = new TestCertificate("elsewhere.example");
        await using var database = await TestDatabase.CreateAsync();
        await using var broker = new TlsProxy(vhost.Amqp.Host, vhost.Amqp.Port, certificate);
        var settings = Settings(broker, certificate, certificate);
        settings["Segmentation__Database"] = database.ConnectionString;

        await using var process = ServiceProcess.Launch(service, settings);

        await Eventually.BecomesAsync(() => Task.FromResult(broker.Connections), count => count >= 8, "tries of every kind of client");
        broker.Bytes.Should().Be(0);
    }

    private Dictionary<string, string> Settings(TlsProxy broker, TestCertificate trusted, TestCertificate served)
    {
        var address = new UriBuilder(vhost.Amqp) { Scheme = "amqps", Host = Host, Port = broker.Port }.Uri.ToString();
        return new()
        {
            // What the machine trusts, for this process.
            ["SSL_CERT_FILE"] = trusted.CertificateFile,
            ["Kestrel__Certificates__Default__Path"] = served.CertificateFile,
            ["Kestrel__Certificates__Default__KeyPath"] = served.KeyFile,
            ["Ingestion__Broker"] = address,
            ["Ingestion__WriteKeys__0"] = TestSystem.WriteKey,
            ["Segmentation__Broker"] = address,
            ["Segmentation__AdminKeys__0"] = TestSystem.AdminKey,
        };
    }
}
