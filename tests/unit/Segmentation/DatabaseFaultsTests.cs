using EventSegmentation.Segmentation.Schema;
using Npgsql;

namespace EventSegmentation.UnitTests.Segmentation;

public sealed class DatabaseFaultsTests
{
    [Fact]
    public void A_connection_that_breaks_while_a_command_takes_it_is_an_outage()
    {
        var cancellation = new ManualResetEventSlim();
        cancellation.Dispose();
        var broken = cancellation.Invoking(one => one.Reset()).Should().Throw<ObjectDisposedException>().Which;

        DatabaseFaults.IsAway(broken).Should().BeTrue();
        DatabaseFaults.IsExpected(broken).Should().BeTrue();
        DatabaseFaults.IsData(broken).Should().BeFalse();
    }

    [Fact]
    public void Something_else_that_is_disposed_is_a_fault_of_the_program()
    {
        var disposed = new ObjectDisposedException(nameof(HttpClient));

        DatabaseFaults.IsAway(disposed).Should().BeFalse();
        DatabaseFaults.IsExpected(disposed).Should().BeFalse();
    }

    [Theory]
    [InlineData(PostgresErrorCodes.AdminShutdown, true)]
    [InlineData(PostgresErrorCodes.CannotConnectNow, true)]
    [InlineData(PostgresErrorCodes.DiskFull, true)]
    [InlineData(PostgresErrorCodes.UndefinedTable, false)]
    public void A_database_that_ends_begins_or_is_full_is_away_and_one_that_lacks_a_table_is_not(string state, bool isAway) =>
        DatabaseFaults.IsAway(new PostgresException("", "ERROR", "ERROR", state)).Should().Be(isAway);
}
