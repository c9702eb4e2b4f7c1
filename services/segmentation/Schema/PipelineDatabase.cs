using Npgsql;

namespace EventSegmentation.Segmentation.Schema;

/// <summary>
/// The database as events pass through it: matcher, projection, builds and relay. Their few statements are prepared once a
/// connection, and find their rows by key however large the tables have become since they were planned.
/// </summary>
/// <param name="Pool">Connections that are given back.</param>
/// <param name="Apart">Connections that no pool keeps: closing one ends its session, and with it the locks it holds.</param>
internal sealed record PipelineDatabase(NpgsqlDataSource Pool, NpgsqlDataSource Apart) : IAsyncDisposable
{
    /// <summary>The most statements that stay prepared on a connection.</summary>
    public const int MaxPrepared = 100;

    // Once prepared, a statement may keep a plan that was made while its tables were nearly empty, and a batch of keys is more
    // than the planner expects of a parameter: in both cases it would read whole tables for each batch. A plan for its values alone
    // would be no better by this, and would be made anew for each batch.
    private const string ByKey = "-c enable_seqscan=off -c enable_hashjoin=off -c enable_mergejoin=off -c jit=off -c plan_cache_mode=force_generic_plan";

    /// <summary>The same database as that of <paramref name="settings"/>.</summary>
    public static PipelineDatabase Of(NpgsqlConnectionStringBuilder settings)
    {
        var pipeline = new NpgsqlConnectionStringBuilder(settings.ConnectionString) { MaxAutoPrepare = MaxPrepared, AutoPrepareMinUsages = 2, NoResetOnClose = true };
        pipeline.Options = $"{pipeline.Options} {ByKey}".Trim();
        var apart = new NpgsqlConnectionStringBuilder(pipeline.ConnectionString) { Pooling = false };
        return new(NpgsqlDataSource.Create(pipeline), NpgsqlDataSource.Create(apart));
    }

    public async ValueTask DisposeAsync()
    {
        await Pool.DisposeAsync();
        await Apart.DisposeAsync();
    }
}
