using System.Globalization;
using System.Text.Json.Nodes;

namespace EventSegmentation.Sample.Fitness;

/// <summary>What lies in a cart and may be paid.</summary>
internal sealed record Purchase(string OrderId, IReadOnlyList<(string Name, int Price)> Items)
{
    private static readonly (string Name, int Price)[] Goods =
        [("bottle", 12), ("mat", 35), ("gloves", 24), ("kettlebell", 48), ("shirt", 29), ("shoes", 99), ("tracker", 129)];

    public static Purchase Throw(Dice dice) => new(
        string.Create(CultureInfo.InvariantCulture, $"order-{dice.Between(1_000_000, 9_999_999)}"),
        dice.Shuffle(Goods)[..dice.Between(1, 3)]);

    public JsonObject Params() => new()
    {
        ["orderId"] = OrderId,
        ["totalCost"] = Items.Sum(item => item.Price),
        ["items"] = new JsonArray([.. Items.Select(item => new JsonObject { ["name"] = item.Name, ["price"] = item.Price })]),
    };
}
