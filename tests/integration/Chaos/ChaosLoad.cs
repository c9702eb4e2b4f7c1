using EventSegmentation.IntegrationTests.Chaos.Load;

namespace EventSegmentation.IntegrationTests.Chaos;

/// <summary>All who use the system while it is disturbed: backends, keepers of a list and of cards, and a subscriber.</summary>
internal sealed class ChaosLoad : IAsyncDisposable
{
    private const int HttpSenders = 3;
    private const int FirstBatch = 60;
    private const int Guests = 80;

    private readonly Stage _stage;
    private readonly Sending _sending;
    private readonly int _seed;
    private readonly HttpClient _sender;
    private readonly HttpClient[] _administrators;
    private readonly AmqpSender _amqp;
    private readonly CancellationTokenSource _stopSending = new();
    private readonly CancellationTokenSource _stopReceiving = new();
    private Task _sends = Task.CompletedTask;
    private Task _receives = Task.CompletedTask;

    public ChaosLoad(Stage stage, Sending sending, int seed)
    {
        (_stage, _sending, _seed) = (stage, sending, seed);
        _sender = stage.Sender();
        _administrators = [.. stage.Replicas.Select((_, replica) => stage.Administrator(replica))];
        var client = stage.Servers.Broker("client");
        _amqp = new(client, sending, new Random(seed));
        Subscriber = new(client);
    }

    public DurableSubscriber Subscriber { get; }

    public ListKeeper List { get; private set; } = null!;

    public CardKeeper Cards { get; private set; } = null!;

    /// <summary>Makes segments, a subscriber's queue, and the people who are known from the beginning.</summary>
    public async Task PrepareAsync()
    {
        await ChaosSegments.CreateAsync(_stage, _administrators[0]);
        await Subscriber.BindAsync();
        var http = new HttpSender(_sender, _sending, new Random(_seed));
        foreach (var people in Enumerable.Range(0, EventMaker.Known).Select(_sending.Maker.First).Chunk(FirstBatch))
        {
            _sending.Accepted.Send(people);
            await Deadline.UntilAsync("the first events being accepted", () => http.SendAsync(people));
        }

        await using var known = _stage.Store.CreateCommand("select count(*) from segmentation.contacts");
        await Deadline.UntilAsync("the first people being known", async () => (long)(await known.ExecuteScalarAsync())! == EventMaker.Known);
        var contacts = await ContactsAsync();
        var guests = contacts.Where(one => CardRoles.Stays(one.Key)).OrderBy(one => one.Value).Take(Guests).Select(one => $"{one.Value}");
        List = new(_administrators, ChaosSegments.List, [.. guests], _sending.Findings);
        Cards = new(new(_administrators, new Random(_seed), _sending.Findings), _stage.Store, contacts);
        await List.PrepareAsync();
    }

    public void Start()
    {
        _sends = Task.WhenAll(
        [
            .. Enumerable.Range(1, HttpSenders).Select(number => new HttpSender(_sender, _sending, new Random(_seed + number)).RunAsync(_stopSending.Token)),
            _amqp.RunAsync(_stopSending.Token),
            List.RunAsync(_stopSending.Token),
            Cards.RunAsync(_stopSending.Token),
        ]);
        _receives = Subscriber.RunAsync(_stopReceiving.Token);
    }

    /// <summary>Sends no more; what was begun comes to its end. The subscriber goes on.</summary>
    public async Task StopSendingAsync()
    {
        await _stopSending.CancelAsync();
        await _sends;
    }

    public async ValueTask DisposeAsync()
    {
        await StopSendingAsync();
        await _stopReceiving.CancelAsync();
        await _receives;
        await _amqp.DisposeAsync();
        _sender.Dispose();
        foreach (var administrator in _administrators)
            administrator.Dispose();
        _stopSending.Dispose();
        _stopReceiving.Dispose();
    }

    // Of everybody who is known.
    private async Task<Dictionary<int, long>> ContactsAsync()
    {
        await using var command = _stage.Store.CreateCommand("select key, contact_id from segmentation.identifiers where kind = 'externalId'");
        await using var reader = await command.ExecuteReaderAsync();
        var contacts = new Dictionary<string, long>(StringComparer.Ordinal);
        while (await reader.ReadAsync())
            contacts.Add(reader.GetString(0), reader.GetInt64(1));
        return Enumerable.Range(0, EventMaker.Known).ToDictionary(person => person, person => contacts[EventMaker.Customer(person)]);
    }
}
