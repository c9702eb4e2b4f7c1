using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using EventSegmentation.Contracts;
using EventSegmentation.Ingestion.Normalizing;
using MassTransit;

namespace EventSegmentation.UnitTests.Contracts;

/// <summary>Keeps contracts/asyncapi.json equal to the code: names on the broker, members of messages, words of closed sets.</summary>
public sealed class AsyncApiTests
{
    // What the code does not say, and what other tests here hold against it.
    private static readonly string[] Annotations = ["description", "pattern", "minimum", "minLength", "maxLength", "minItems", "maxItems", "x-extensible-enum"];

    private static readonly JsonNode Document =
        JsonNode.Parse(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Contracts", "asyncapi.json")))!;

    [Theory]
    [InlineData(typeof(SegmentTransition))]
    [InlineData(typeof(ContactIdentifier))]
    [InlineData(typeof(SubmitEvents))]
    [InlineData(typeof(SubmittedEvent))]
    public void A_message_has_the_members_of_its_record(Type record)
    {
        var schema = Document["components"]!["schemas"]![record.Name]!;

        schema["properties"]!.AsObject().Select(member => (member.Key, Bare(member.Value!)))
            .Should().BeEquivalentTo(Members(record).Select(member => (Name(member), SchemaOf(member).ToJsonString())));
        schema["required"]!.AsArray().Select(name => name!.GetValue<string>())
            .Should().BeEquivalentTo(Members(record).Where(IsRequired).Select(Name));
    }

    [Fact]
    public void Entries_and_exits_are_transitions_and_nothing_more()
    {
        foreach (var kind in (Type[])[typeof(SegmentEntered), typeof(SegmentExited)])
        {
            kind.BaseType.Should().Be<SegmentTransition>();
            kind.GetProperties(BindingFlags.Public | BindingFlags.Instance | BindingFlags.DeclaredOnly).Should().BeEmpty();
            Document["components"]!["messages"]![kind.Name]!["payload"]!["$ref"]!.GetValue<string>().Should().Be("#/components/schemas/SegmentTransition");
        }
    }

    [Fact]
    public void Words_of_closed_sets_are_those_of_the_code()
    {
        var members = Document["components"]!["schemas"]![nameof(SegmentTransition)]!["properties"]!;
        Words(members["cause"]!["x-extensible-enum"]).Should().BeEquivalentTo(Constants(typeof(TransitionCause)));
        Words(members["kind"]!["x-extensible-enum"]).Should().BeEquivalentTo(Constants(typeof(TransitionKind)));
        Words(Document["channels"]!["transitions"]!["parameters"]!["kind"]!["enum"]).Should().BeEquivalentTo(Constants(typeof(TransitionKind)));
        Document["components"]!["messages"]!["SegmentEntered"]!["bindings"]!["amqp"]!["messageType"]!.GetValue<string>().Should().Be(TransitionKind.Entered);
        Document["components"]!["messages"]!["SegmentExited"]!["bindings"]!["amqp"]!["messageType"]!.GetValue<string>().Should().Be(TransitionKind.Exited);
    }

    [Fact]
    public void Names_on_the_broker_are_those_of_the_code()
    {
        var names = Document["channels"]!.AsObject().ToDictionary(
            channel => channel.Key,
            channel => (channel.Value!["bindings"]!["amqp"]!["exchange"] ?? channel.Value["bindings"]!["amqp"]!["queue"])!["name"]!.GetValue<string>());

        names.Should().BeEquivalentTo(new Dictionary<string, string>
        {
            ["transitions"] = BrokerNames.TransitionsExchange,
            ["entered"] = Exchange<SegmentEntered>(),
            ["exited"] = Exchange<SegmentExited>(),
            ["both"] = Exchange<SegmentTransition>(),
            ["submit"] = BrokerNames.SubmitExchange,
            ["submitTyped"] = Exchange<SubmitEvents>(),
            ["refused"] = BrokerNames.RefusedQueue,
        });
        Document["channels"]!["refused"]!["description"]!.GetValue<string>().Should().Contain($"'{BrokerNames.ProblemHeader}'");
    }

    [Fact]
    public void Limits_of_events_are_those_of_ingestion()
    {
        var members = Document["components"]!["schemas"]![nameof(SubmittedEvent)]!["properties"]!;
        members["eventTypeKey"]!["maxLength"]!.GetValue<int>().Should().Be(IntakeLimits.EventTypeCharacters);
        members["keyValue"]!["maxLength"]!.GetValue<int>().Should().Be(IntakeLimits.KeyValueCharacters);
        members["eventId"]!["maxLength"]!.GetValue<int>().Should().Be(IntakeLimits.EventIdCharacters);
        Document["components"]!["schemas"]![nameof(SubmitEvents)]!["properties"]!["events"]!["maxItems"]!.GetValue<int>().Should().Be(IntakeLimits.EventsPerRequest);
    }

    [Theory]
    [InlineData(nameof(SegmentEntered), nameof(SegmentEntered))]
    [InlineData(nameof(SegmentExited), nameof(SegmentExited))]
    [InlineData(nameof(SubmitEvents), nameof(SubmitEvents))]
    public void Examples_are_what_lies_on_the_wire(string message, string sample)
    {
        var golden = JsonNode.Parse(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Contracts", $"{sample}.json")));

        JsonNode.DeepEquals(Document["components"]!["messages"]![message]!["examples"]![0]!["payload"], golden).Should().BeTrue();
    }

    [Fact]
    public void Every_reference_leads_somewhere()
    {
        Document["asyncapi"]!.GetValue<string>().Should().Be("3.0.0");
        var references = References(Document).ToArray();
        references.Should().NotBeEmpty();
        references.Should().OnlyContain(reference => Find(reference) != null);
    }

    private static JsonNode? Find(string reference)
    {
        JsonNode? node = Document;
        foreach (var part in reference.Split('/').Skip(1))
            node = node?[part];
        return node;
    }

    private static PropertyInfo[] Members(Type record) => record.GetProperties(BindingFlags.Public | BindingFlags.Instance);

    private static string Name(PropertyInfo member) => JsonNamingPolicy.CamelCase.ConvertName(member.Name);

    // Positional members of a record are needed as well.
    private static bool IsRequired(PropertyInfo member) =>
        member.GetCustomAttribute<System.Runtime.CompilerServices.RequiredMemberAttribute>() is not null
        || member.DeclaringType!.GetConstructors().Any(constructor => constructor.GetParameters().Any(parameter => parameter.Name == member.Name));

    private static JsonObject SchemaOf(PropertyInfo member)
    {
        var schema = SchemaOf(member.PropertyType);
        var isNullable = new NullabilityInfoContext().Create(member).ReadState == NullabilityState.Nullable;
        if (isNullable && schema["type"] is { } type)
            schema["type"] = new JsonArray(type.GetValue<string>(), "null");
        return schema;
    }

    private static JsonObject SchemaOf(Type type) => (Nullable.GetUnderlyingType(type) ?? type) switch
    {
        var text when text == typeof(string) => new() { ["type"] = "string" },
        var guid when guid == typeof(Guid) => new() { ["type"] = "string", ["format"] = "uuid" },
        var instant when instant == typeof(DateTimeOffset) => new() { ["type"] = "string", ["format"] = "date-time" },
        var number when number == typeof(int) => new() { ["type"] = "integer", ["format"] = "int32" },
        var number when number == typeof(long) => new() { ["type"] = "integer", ["format"] = "int64" },
        var any when any == typeof(JsonElement) => [],
        { IsGenericType: true } list => new() { ["type"] = "array", ["items"] = new JsonObject { ["$ref"] = $"#/components/schemas/{list.GetGenericArguments()[0].Name}" } },
        var other => throw new NotSupportedException($"{other} has no schema here yet."),
    };

    private static string Bare(JsonNode schema) =>
        new JsonObject(schema.AsObject().Where(member => !Annotations.Contains(member.Key)).Select(member => KeyValuePair.Create(member.Key, member.Value?.DeepClone()))).ToJsonString();

    private static IEnumerable<string> Words(JsonNode? list) => list!.AsArray().Select(word => word!.GetValue<string>());

    private static IEnumerable<string> Constants(Type words) => words.GetFields().Select(field => (string)field.GetRawConstantValue()!);

    private static string Exchange<T>()
        where T : class => MessageUrn.ForTypeString<T>()["urn:message:".Length..];

    private static IEnumerable<string> References(JsonNode? node) => node switch
    {
        JsonObject members => members.SelectMany(member => member.Key == "$ref" ? [member.Value!.GetValue<string>()] : References(member.Value)),
        JsonArray items => items.SelectMany(References),
        _ => [],
    };
}
