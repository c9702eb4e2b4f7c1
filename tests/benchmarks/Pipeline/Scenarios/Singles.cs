using EventSegmentation.Benchmarks.Pipeline.Floors;
using EventSegmentation.Benchmarks.Pipeline.Traffic;
using EventSegmentation.Contracts;

namespace EventSegmentation.Benchmarks.Pipeline.Scenarios;

/// <summary>One event a request over HTTP, and one event a message over AMQP, each until its last transition is received.</summary>
internal static class Singles
{
    public const string Name = "singles";
    private const int Share = 5;
    private const int Connections = 64;

    public static async Task RunAsync(PipelineSettings settings, Report report)
    {
        var firehose = Firehose.RateOf(report);
        var count = settings.Events / Share;
        var contacts = new ContactRange(0, settings.Contacts);
        await using var stack = await Stack.FreshAsync(settings);
        await SegmentSet.DefineAsync(stack, settings.Segments);
        await using var work = await FixedWork.StartAsync(stack, report, settings);
        await work.WarmUpAsync(contacts, settings.Events / FixedWork.WarmUpShare);

        var overHttp = work.Stream("singles-http", contacts);
        var requests = new RequestMaker(stack).Singles(overHttp, count);
        var broker = await BrokerFloor.MeasureAsync(stack, requests);
        using (var sender = await Sender.OpenAsync(stack, Connections))
        {
            var http = await work.MeasureAsync(overHttp, count, () => sender.SendAsync(requests));
            report.Add(Name, "HTTP, accepted a second", count / http.Accepted.TotalSeconds, "events/s", "the broker alone", broker);
            report.Add(Name, "HTTP, end to end", http.Rate, "events/s", "the firehose", firehose);
            report.Add(Name, "HTTP, requests sent again", sender.Repeats, "");
            http.AddUse(report, Name, "HTTP, ");
        }

        var overAmqp = work.Stream("singles-amqp", contacts);
        var messages = new RequestMaker(stack).Singles(overAmqp, count);
        await using var connection = await stack.ConnectAsync("singles");
        var amqp = await work.MeasureAsync(overAmqp, count, () => ConfirmedPublisher.PublishAsync(connection, messages, BrokerNames.SubmitExchange));
        report.Add(Name, "AMQP, confirmed a second", count / amqp.Accepted.TotalSeconds, "events/s", "the broker alone", broker);
        report.Add(Name, "AMQP, end to end", amqp.Rate, "events/s", "the firehose", firehose);
        amqp.AddUse(report, Name, "AMQP, ");
        await work.CheckAsync(Name, settings.Contacts);
    }
}
