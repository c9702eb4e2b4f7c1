using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;

namespace EventSegmentation.Fuzzing;

/// <summary>A JSON document that can be changed, also into what no JSON library writes: leaves and names are raw text, and names may repeat.</summary>
internal abstract class JsonTree
{
    private JsonTree()
    {
    }

    /// <summary>A text with its quotes, a number, a word, or anything that stands in place of one.</summary>
    public sealed class Leaf(string raw) : JsonTree
    {
        public string Raw => raw;
    }

    /// <summary>An array.</summary>
    public sealed class List(IEnumerable<JsonTree> items) : JsonTree
    {
        public List<JsonTree> Items { get; } = [.. items];
    }

    /// <summary>An object. Names have their quotes.</summary>
    public sealed class Members(IEnumerable<(string Name, JsonTree Value)> items) : JsonTree
    {
        public List<(string Name, JsonTree Value)> Items { get; } = [.. items];
    }

    /// <summary>Reads valid JSON.</summary>
    public static JsonTree Of(string json) => Of(JsonElement.Parse(json));

    public static JsonTree Of(JsonElement json) => json.ValueKind switch
    {
        JsonValueKind.Array => new List(json.EnumerateArray().Select(Of)),
        JsonValueKind.Object => new Members(json.EnumerateObject().Select(member => ($"\"{Encoding.UTF8.GetString(JsonMarshal.GetRawUtf8PropertyName(member))}\"", Of(member.Value)))),
        _ => new Leaf(json.GetRawText()),
    };

    /// <summary>The same, to be changed by itself.</summary>
    public JsonTree Copy() => this switch
    {
        List list => new List(list.Items.Select(item => item.Copy())),
        Members members => new Members(members.Items.Select(member => (member.Name, member.Value.Copy()))),
        _ => this,
    };

    public sealed override string ToString()
    {
        var text = new StringBuilder();
        Write(text);
        return text.ToString();
    }

    private void Write(StringBuilder text)
    {
        switch (this)
        {
            case Leaf leaf:
                text.Append(leaf.Raw);
                break;
            case List list:
                text.Append('[');
                foreach (var (place, item) in list.Items.Index())
                {
                    text.Append(place == 0 ? "" : ",");
                    item.Write(text);
                }

                text.Append(']');
                break;
            case Members members:
                text.Append('{');
                foreach (var (place, (name, value)) in members.Items.Index())
                {
                    text.Append(place == 0 ? "" : ",").Append(name).Append(':');
                    value.Write(text);
                }

                text.Append('}');
                break;
        }
    }
}
