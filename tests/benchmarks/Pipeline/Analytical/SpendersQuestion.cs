namespace EventSegmentation.Benchmarks.Pipeline.Analytical;

/// <summary>
/// Who has spent so much and has never cancelled: once as a segment's condition and once as SQL over
/// <see cref="AnalyticalStore"/>. Both say the same at every instant.
/// </summary>
/// <param name="Least">The sum from which on a contact is in it.</param>
internal sealed record SpendersQuestion(int Least)
{
    /// <summary>What SQL names the instant at which it is asked.</summary>
    public const string Now = "now";

    public object Condition => new
    {
        all = new object[]
        {
            new { @event = "OrderPaid", sum = "totalCost", atLeast = Least, period = "all time" },
            new { not = new { first = "SubscriptionCancelled", period = "all time" } },
        },
    };

    // Only what counts; what is dated later does not exist yet. "All time" has no other bound.
    public string Sql => $"""
        select contact from events
        where counts and occurred_at <= ${Now} and type in ('OrderPaid', 'SubscriptionCancelled')
        group by contact
        having sum(total_cost) filter (type = 'OrderPaid') >= {Least} and count(*) filter (type = 'SubscriptionCancelled') = 0
        """;
}
