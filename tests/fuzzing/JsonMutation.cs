using System.Text.Json;

namespace EventSegmentation.Fuzzing;

/// <summary>Changes the structure of JSON documents: values of other kinds, members left out, doubled, renamed and unknown, lists at their limits, parts of other documents.</summary>
/// <param name="random">The dice.</param>
/// <param name="others">Documents of which parts are taken.</param>
internal sealed class JsonMutation(Random random, IReadOnlyList<JsonTree> others)
{
    private static readonly int[] Repeats = [2, 9, 10, 11, 49, 50, 51, 100, 101, 500, 501, 1_000, 1_001];

    // A document of hundreds of parts multiplied by hundreds says no more than one of them.
    private const int MostParts = 3_000;

    private readonly HostileJson _hostile = new(random);

    public HostileJson Hostile => _hostile;

    /// <summary>The document with so many changes.</summary>
    public JsonTree Apply(JsonTree document, int changes)
    {
        var holder = new JsonTree.List([document.Copy()]);
        for (; changes > 0; changes--)
        {
            var slots = Slots(holder).ToList();
            if (slots.Count > 0)
                Change(slots[random.Next(slots.Count)], slots.Count);
        }

        return holder.Items is [var changed, ..] ? changed : new JsonTree.Leaf("null");
    }

    private void Change(Slot slot, int parts)
    {
        var value = slot.Value;
        switch (random.Next(16))
        {
            case 0 or 1 or 2:
                slot.Value = new JsonTree.Leaf(_hostile.Value());
                break;
            case 3 or 4 when value is JsonTree.Leaf { Raw: ['"', .., '"'] } text && Read(text.Raw) is { } written:
                slot.Value = new JsonTree.Leaf(_hostile.Quoted(random.Next(3) == 0 ? _hostile.Texts.Next() : _hostile.Texts.Bent(written)));
                break;
            case 3 or 4:
                slot.Value = new JsonTree.Leaf(_hostile.Number());
                break;
            case 5 or 6:
                slot.Value = Part();
                break;
            case 7:
                slot.Remove();
                break;
            case 8 when parts < MostParts:
                slot.Repeat(2, slot.Name);
                break;
            case 9 when slot.Name is not null:
                slot.Rename(random.Next(3) == 0 ? _hostile.Name() : OtherName(slot.Name));
                break;
            case 10 when value is JsonTree.Members members:
                members.Items.Insert(random.Next(members.Items.Count + 1), (random.Next(2) == 0 ? _hostile.Name() : NameOfOther(), Part()));
                break;
            case 11:
                slot.Value = random.Next(2) == 0 ? new JsonTree.List([value]) : new JsonTree.Members([(NameOfOther(), value)]);
                break;
            case 12 when value is JsonTree.List { Items: [var first, ..] }:
                slot.Value = first;
                break;
            case 12 when value is JsonTree.Members { Items: [var member, ..] }:
                slot.Value = member.Value;
                break;
            case 13 when value is JsonTree.List list && list.Items.Count > 0 && parts < MostParts:
                var item = list.Items[random.Next(list.Items.Count)];
                for (var more = Repeats[random.Next(Repeats.Length)] - list.Items.Count; more > 0; more--)
                    list.Items.Add(item.Copy());
                break;
            case 14 when random.Next(4) == 0:
                slot.Value = new JsonTree.Leaf(_hostile.Nest(value.ToString()));
                break;
            default:
                // The same, told another way: numbers as texts and texts as numbers.
                if (value is JsonTree.Leaf leaf)
                    slot.Value = new JsonTree.Leaf(leaf.Raw is ['"', .. var inner, '"'] ? inner : $"\"{leaf.Raw.Replace("\"", "", StringComparison.Ordinal)}\"");
                break;
        }
    }

    private JsonTree Part()
    {
        var slots = Slots(new JsonTree.List([others[random.Next(others.Count)]])).ToList();
        return slots[random.Next(slots.Count)].Value.Copy();
    }

    private string NameOfOther()
    {
        var names = Slots(new JsonTree.List([others[random.Next(others.Count)]])).Select(slot => slot.Name).OfType<string>().ToList();
        return names.Count == 0 ? "\"a\"" : names[random.Next(names.Count)];
    }

    // A near one: another case, a letter more, a letter less, an escape.
    private string OtherName(string name) => random.Next(6) switch
    {
        0 => name.ToUpperInvariant(),
        1 => $"{name[..^1]}s\"",
        2 when name.Length > 3 => $"{name[..^2]}\"",
        3 when name.Length > 2 && char.IsAsciiLetter(name[1]) => $"\"\\u{(int)name[1]:x4}{name[2..]}",
        _ => NameOfOther(),
    };

    private static string? Read(string raw)
    {
        try
        {
            return JsonSerializer.Deserialize<string>(raw);
        }
        catch (JsonException)
        {
            return null;
        }
        catch (InvalidOperationException)
        {
            return null;
        }
    }

    private static IEnumerable<Slot> Slots(JsonTree parent)
    {
        var children = parent switch
        {
            JsonTree.List list => list.Items,
            JsonTree.Members members => members.Items.Select(member => member.Value),
            _ => [],
        };
        return children.SelectMany((child, index) => Slots(child).Prepend(new Slot(parent, index)));
    }

    /// <summary>A place in a document where a value stands.</summary>
    private readonly record struct Slot(JsonTree Parent, int Index)
    {
        public string? Name => Parent is JsonTree.Members members ? members.Items[Index].Name : null;

        public JsonTree Value
        {
            get => Parent is JsonTree.Members members ? members.Items[Index].Value : ((JsonTree.List)Parent).Items[Index];
            set
            {
                if (Parent is JsonTree.Members members)
                    members.Items[Index] = (members.Items[Index].Name, value);
                else
                    ((JsonTree.List)Parent).Items[Index] = value;
            }
        }

        public void Remove()
        {
            if (Parent is JsonTree.Members members)
                members.Items.RemoveAt(Index);
            else
                ((JsonTree.List)Parent).Items.RemoveAt(Index);
        }

        public void Rename(string name)
        {
            var members = (JsonTree.Members)Parent;
            members.Items[Index] = (name, members.Items[Index].Value);
        }

        public void Repeat(int times, string? name)
        {
            for (var i = 1; i < times; i++)
                if (Parent is JsonTree.Members members)
                    members.Items.Insert(Index, (name!, Value.Copy()));
                else
                    ((JsonTree.List)Parent).Items.Insert(Index, Value.Copy());
        }
    }
}
