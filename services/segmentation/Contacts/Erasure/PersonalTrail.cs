using EventSegmentation.Segmentation.EventTypes;
using EventSegmentation.Segmentation.Streams;

namespace EventSegmentation.Segmentation.Contacts.Erasure;

/// <summary>A sample value of the catalogue that one of the person's events shows.</summary>
internal readonly record struct ShownSample(string EventType, string Parameter, string Sample);

/// <summary>Gathers from a person's facts what is to be looked for elsewhere. Pure.</summary>
/// <param name="samples">The samples in the catalogue, of the types of the person's events.</param>
/// <param name="rules">The rules that say which parameters name a person.</param>
internal sealed class PersonalTrail(IReadOnlySet<ShownSample> samples, MatchingRules rules)
{
    private readonly HashSet<IdentifierKey> _keys = [];
    private readonly HashSet<ShownSample> _shown = [];

    /// <summary>Every identifier that the person holds, and all that the facts name: where there was a conflict, another's too.</summary>
    public IReadOnlyCollection<IdentifierKey> Keys => _keys;

    /// <summary>Samples that may be this person's values.</summary>
    public IReadOnlyCollection<ShownSample> Shown => _shown;

    /// <summary>Adds identifiers that the person holds now: a rule may have made some of fields, of which no fact tells.</summary>
    public void Hold(IEnumerable<IdentifierKey> held) => _keys.UnionWith(held);

    /// <summary>Looks at one fact.</summary>
    public void Follow(StreamEvent? fact)
    {
        switch (fact)
        {
            case ContactCreated created:
                Add(created.Identifiers);
                break;
            case IdentifiersLinked linked:
                Add(linked.Identifiers);
                break;
            case ContactEdited edited:
                Add(edited.Added);
                Add(edited.Removed);
                break;
            case EventRecorded { Params.ValueKind: System.Text.Json.JsonValueKind.Object } e:
                _keys.UnionWith(IdentifierTable.Read(e.Params, rules.For(e.EventType)).Select(identifier => identifier.Key));
                foreach (var parameter in e.Params.EnumerateObject())
                {
                    if (ParameterCatalogue.Sample(parameter.Value) is { } sample
                        && new ShownSample(e.EventType, parameter.Name, sample) is var shown && samples.Contains(shown))
                        _shown.Add(shown);
                }

                break;
        }
    }

    private void Add(IEnumerable<StreamIdentifier> identifiers) =>
        _keys.UnionWith(identifiers.Select(identifier => new Identifier(identifier.Kind, identifier.Value).Key));
}
