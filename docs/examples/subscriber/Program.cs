// Receives every transition with MassTransit and prints it. Usage: dotnet run -- AMQP_ADDRESS
using System.Collections.Concurrent;
using EventSegmentation.Contracts;
using MassTransit;

var bus = Bus.Factory.CreateUsingRabbitMq(rabbit =>
{
    rabbit.Host(new Uri(args[0]));

    // A durable queue of this name: what comes while the program is away waits in it.
    rabbit.ReceiveEndpoint("example-subscriber", endpoint =>
    {
        // One at a time keeps the order in which a contact's transitions come.
        endpoint.PrefetchCount = 50;
        endpoint.ConcurrentMessageLimit = 1;
        endpoint.Consumer<TransitionConsumer>();
    });
});
await bus.StartAsync();
Console.WriteLine("listening");
await Console.In.ReadLineAsync();
await bus.StopAsync();

internal sealed class TransitionConsumer : IConsumer<SegmentTransition>
{
    // A real program keeps this where it keeps its work, in one transaction with it.
    private static readonly ConcurrentDictionary<string, long> LastNumber = new();

    public Task Consume(ConsumeContext<SegmentTransition> context)
    {
        var transition = context.Message;

        // Delivered at least once: what is not above the contact's last number was here before.
        if (transition.Number <= LastNumber.GetValueOrDefault(transition.ContactId))
            return Task.CompletedTask;
        Console.WriteLine($"{transition.ContactId} {transition.Kind} {transition.SegmentKey}, because of {transition.Cause}");
        LastNumber[transition.ContactId] = transition.Number;
        return Task.CompletedTask;
    }
}
